"""Read pages of the ledger's transactions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.rows import Transaction
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import topups


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Transaction]:
    """Load ``limit`` transactions of the organisation older than ``before``, newest first."""
    query = (
        select(
            transactions.c.id,
            transactions.c.user_id,
            transactions.c.type,
            transactions.c.amount_cents,
            transactions.c.source,
            transactions.c.external_id,
            transactions.c.description,
            topups.c.receipt_url,
            transactions.c.created_at,
        )
        .outerjoin(topups, topups.c.id == transactions.c.topup_id)
        .where(transactions.c.org_id == org_id)
        .order_by(transactions.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(transactions.c.id < before)
    return [Transaction(*row) for row in await connection.execute(query)]
