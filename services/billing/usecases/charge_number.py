"""Charge and refund the monthly price of a phone number, once for each month."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.number_months import NumberMonth
from services.billing.storage import ledger, number_charges


class ChargeNumber:
    """Charges and refunds the monthly price of phone numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(
        self, org_id: UUID, month: NumberMonth, payer: UUID | None, *, or_anybody: bool
    ) -> bool:
        """Charge a month to ``payer``. If the payer lacks money, ``or_anybody`` lets others pay.

        The user with the largest balance pays then. Returns True if the month is paid, now or
        earlier, by any user. Returns False if no balance covers it.
        """
        async with self._database.org(org_id) as connection:
            if await number_charges.find(connection, org_id, month.number_id, month.period):
                return True
            payers = [payer] if payer else []
            if or_anybody:
                richest = await ledger.find_payer(connection, org_id, month.amount_cents)
                payers += [richest] if richest else []
            for user_id in dict.fromkeys(payers):
                if await _charge(connection, month, LedgerAccount(org_id, user_id)):
                    return True
        return False

    async def refund(self, org_id: UUID, number_id: UUID, period: str) -> None:
        """Refund a month to its payer. Does nothing for a month that was never charged."""
        async with self._database.org(org_id) as connection:
            charge = await number_charges.find(connection, org_id, number_id, period)
            if charge:
                await ledger.credit(connection, charge.refund())


async def _charge(connection: AsyncConnection, month: NumberMonth, account: LedgerAccount) -> bool:
    try:
        await ledger.debit(connection, month.charged_to(account))
    except InsufficientBalance:
        return False
    return True
