"""Reading the ledger."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import topups


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` transactions of the organisation, newest first, older than ``before``."""
    query = (
        select(transactions, topups.c.receipt_url)
        .outerjoin(topups, topups.c.id == transactions.c.topup_id)
        .where(transactions.c.org_id == org_id)
        .order_by(transactions.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(transactions.c.id < before)
    return (await connection.execute(query)).mappings().all()
