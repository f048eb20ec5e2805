"""Charge and refund the monthly price of a phone number, once for each month."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.number_months import NumberMonth
from services.billing.domain.payers import organisation_account
from services.billing.storage import balances, ledger, number_charges, settings


class ChargeNumber:
    """Charges and refunds the monthly price of phone numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(
        self, org_id: UUID, month: NumberMonth, payer: UUID | None, *, or_anybody: bool
    ) -> bool:
        """Charge a month to ``payer``, or to the organisation if its setting says so.

        If that balance is too low and ``or_anybody`` is True, the organisation's largest balance
        pays. Returns True if the month is paid, by this call or an earlier one, and False if the
        balance is too low.
        """
        async with self._database.org(org_id) as connection:
            if await number_charges.find(connection, org_id, month.number_id, month.period):
                return True
            setting = await settings.payer_of(connection, org_id)
            if setting == "organisation":
                payers = [organisation_account(org_id).user_id]
            else:
                payers = [payer] if payer else []
            if or_anybody:
                richest = await balances.find_payer(connection, org_id, month.amount_cents)
                payers += [richest] if richest else []
            for user_id in dict.fromkeys(payers):
                if await _charge(connection, month, LedgerAccount(org_id, user_id), payer):
                    return True
        return False

    async def refund(self, org_id: UUID, number_id: UUID, period: str) -> None:
        """Refund the price of a month to its payer. Does nothing for a month never charged."""
        async with self._database.org(org_id) as connection:
            charge = await number_charges.find(connection, org_id, number_id, period)
            if charge:
                await ledger.credit(connection, charge.refund())


async def _charge(
    connection: AsyncConnection, month: NumberMonth, account: LedgerAccount, by: UUID | None
) -> bool:
    movement = replace(month.charged_to(account), by_user_id=by)
    try:
        await ledger.debit(connection, movement)
    except InsufficientBalance:
        return False
    return True
