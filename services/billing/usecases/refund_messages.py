"""Refund messages that were charged, each once."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.modes import is_test
from services.billing.storage import ledger


class RefundMessages:
    """Gives the charges of messages back to the account that paid them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def refund(self, org_id: UUID, message_ids: Sequence[UUID]) -> set[UUID]:
        """Refund the charges of messages.

        Returns the ids of the messages that are refunded, by this call or an earlier one. In test
        mode nothing was charged, so nothing is given back.
        """
        if is_test(org_id):
            return set(message_ids)
        async with self._database.org(org_id) as connection:
            return await ledger.refund(connection, org_id, message_ids)
