"""Months of phone numbers in the ledger: each charged once, and given back once."""

from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import InsufficientBalance
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.storage import ledger
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import user_balances


def number_month(
    account: LedgerAccount, number: tuple[UUID, str], period: str, cents: int
) -> Movement:
    """Return the movement for the month of a number (id, phone number) that begins on a day."""
    number_id, phone_number = number
    description = f"Number {phone_number}, month from {period}"
    return Movement(account, cents, "number", f"{number_id}:{period}", description)


async def charge(connection: AsyncConnection, month: Movement) -> bool:
    """Charge a month; False where the balance does not cover it.

    A month that was charged before, to whomever, counts as charged and moves nothing.
    """
    try:
        await ledger.debit(connection, month)
    except InsufficientBalance:
        return False
    return True


async def is_charged(
    connection: AsyncConnection, org_id: UUID, number_id: UUID, period: str
) -> bool:
    """Tell whether a month was charged, to whomever."""
    return await _find(connection, org_id, f"{number_id}:{period}") is not None


async def refund(connection: AsyncConnection, org_id: UUID, number_id: UUID, period: str) -> None:
    """Give a month back to who paid it, once. A month that was never charged is passed over."""
    external_id = f"{number_id}:{period}"
    charged = await _find(connection, org_id, external_id)
    if charged is None:
        return
    movement = Movement(
        LedgerAccount(org_id, charged["user_id"]),
        charged["amount_cents"],
        "number",
        f"refund:{external_id}",
        f"Refund: {charged['description']}",
    )
    await ledger.credit(connection, movement)


async def _find(connection: AsyncConnection, org_id: UUID, external_id: str) -> RowMapping | None:
    rows = await connection.execute(
        select(transactions).where(
            transactions.c.org_id == org_id,
            transactions.c.source == "number",
            transactions.c.external_id == external_id,
        )
    )
    return rows.mappings().first()


async def balances(connection: AsyncConnection, org_id: UUID) -> dict[UUID, int]:
    """Return the cents of every balance of the organisation."""
    query = select(user_balances.c.user_id, user_balances.c.balance_cents)
    rows = await connection.execute(query.where(user_balances.c.org_id == org_id))
    return {row.user_id: row.balance_cents for row in rows}
