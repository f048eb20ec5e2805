"""Charge messages, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.billing.domain.ledger import Charge, LedgerAccount
from services.billing.storage import ledger


@dataclass(frozen=True, slots=True)
class ChargeBatch:
    """Charges of one account, in order. ``description`` is stored in their ledger rows."""

    account: LedgerAccount
    charges: Sequence[Charge]
    all_or_nothing: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class ChargedBatch:
    """The messages that are charged, by this batch or an earlier one, and the balance left."""

    message_ids: Sequence[UUID]
    balance_cents: int


class ChargeMessages:
    """Charges messages to an account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(self, batch: ChargeBatch) -> ChargedBatch:
        """Charge messages in order until the balance doesn't cover the next one."""
        account = batch.account
        async with self._database.org(account.org_id) as connection:
            charged = await ledger.charge(
                connection,
                account,
                batch.charges,
                batch.all_or_nothing,
                batch.description or ledger.TEXT_MESSAGE,
            )
            left = await ledger.read_balance(connection, account)
        ids = [charge.message_id for charge in batch.charges if charge.message_id in charged]
        return ChargedBatch(ids, left)
