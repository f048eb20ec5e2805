"""Charges for months of phone numbers in the ledger."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.number_months import NumberCharge, external_id
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import user_balances


async def find(
    connection: AsyncConnection, org_id: UUID, number_id: UUID, period: str
) -> NumberCharge | None:
    """Load the charge for a month, paid by any user. Returns None if it was never charged."""
    charged_as = external_id(number_id, period)
    row = (
        await connection.execute(
            select(
                transactions.c.user_id, transactions.c.amount_cents, transactions.c.description
            ).where(
                transactions.c.org_id == org_id,
                transactions.c.source == "number",
                transactions.c.external_id == charged_as,
            )
        )
    ).first()
    if row is None:
        return None
    account = LedgerAccount(org_id, row.user_id)
    return NumberCharge(account, row.amount_cents, charged_as, row.description)


async def balances(connection: AsyncConnection, org_id: UUID) -> dict[UUID, int]:
    """Load the balances of all users of the organisation, in cents by user id."""
    query = select(user_balances.c.user_id, user_balances.c.balance_cents)
    rows = await connection.execute(query.where(user_balances.c.org_id == org_id))
    return {row.user_id: row.balance_cents for row in rows}
