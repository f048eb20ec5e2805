"""Refund messages that were charged and not sent."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from services.messaging.sending.providers.charges import Charges
from services.messaging.sending.storage import refunds
from services.messaging.sending.storage.tally import Tally

log = structlog.get_logger()


class DueRefunds:
    """Refunds messages whose refund is due, each once."""

    def __init__(self, database: Database, charges: Charges) -> None:
        self._database = database
        self._charges = charges

    async def refund(self, org_id: UUID, message_ids: Sequence[UUID]) -> None:
        """Refund messages now. If billing does not answer, a job refunds them later."""
        try:
            await self.settle(org_id, message_ids)
        except Unavailable:
            log.warning("refunds_wait", messages=len(message_ids))

    async def settle(self, org_id: UUID, message_ids: Sequence[UUID]) -> None:
        """Refund messages now. Raises `Unavailable` if billing does not answer."""
        await self._charges.give_back(org_id, message_ids)
        tally = Tally()
        async with self._database.org(org_id) as connection:
            for campaign_id, cents in await refunds.settle(connection, org_id, message_ids):
                tally.add(org_id, campaign_id, "spent_cents", -cents)
            await tally.write(connection)
