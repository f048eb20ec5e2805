"""Reading the ledger."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text
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


_MISMATCHES = text("""
SELECT balance.org_id, balance.user_id, balance.balance_cents,
  coalesce(sum(CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END), 0)::bigint
    AS ledger_cents
FROM user_balances AS balance
LEFT JOIN billing_transactions AS entry ON entry.user_id = balance.user_id
GROUP BY balance.user_id
HAVING balance.balance_cents
  <> coalesce(sum(CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END), 0)
UNION ALL
SELECT org_id, user_id, 0,
  sum(CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END)::bigint
FROM billing_transactions AS entry
WHERE NOT EXISTS (SELECT FROM user_balances AS balance WHERE balance.user_id = entry.user_id)
GROUP BY org_id, user_id
""")


async def mismatches(connection: AsyncConnection) -> Sequence[RowMapping]:
    """Balances of all organisations that are not the sum of their transactions. Must be none."""
    return (await connection.execute(_MISMATCHES)).mappings().all()
