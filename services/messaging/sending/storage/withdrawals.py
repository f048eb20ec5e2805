"""Taking back what is pending of cancelled campaigns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.storage.recount import recount

_MARK = text("""
INSERT INTO campaign_counts (campaign_id, org_id, held, withdrawn)
VALUES (:campaign_id, :org_id, true, true)
ON CONFLICT (campaign_id) DO UPDATE SET held = true, withdrawn = true, running = false
RETURNING old IS NULL AS made
""")

# What is uncharged is still being accepted: it is taken back once that is over, or given up.
_TAKE_BACK = text("""
UPDATE sms_messages
SET status = 'cancelled', refund_due = true, next_step_at = 'infinity', status_updated_at = now()
WHERE org_id = :org_id AND id IN (
  SELECT id FROM sms_messages
  WHERE org_id = :org_id AND campaign_id = :campaign_id AND status = 'pending' AND charged
  ORDER BY id LIMIT :limit FOR UPDATE
)
RETURNING id
""")

_OPEN = text("""
SELECT org_id, campaign_id FROM campaign_counts WHERE withdrawn AND pending > 0
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'withdraw-cancelled' AND item = campaign_counts.campaign_id::text
  )
ORDER BY campaign_id LIMIT 100
""")


async def mark(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> None:
    """Note that a campaign sends nothing more; from the commit on no sender claims of it."""
    if await connection.scalar(_MARK, {"org_id": org_id, "campaign_id": campaign_id}):
        await recount(connection, [(campaign_id, org_id)])


async def take_back(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, limit: int
) -> Sequence[UUID]:
    """Cancel up to ``limit`` pending messages of a campaign and flag their refunds; their ids."""
    rows = await connection.execute(
        _TAKE_BACK, {"org_id": org_id, "campaign_id": campaign_id, "limit": limit}
    )
    return rows.scalars().all()


async def open_campaigns(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """Organisation and id of cancelled campaigns that have, or may come to have, pending texts."""
    return [(row.org_id, row.campaign_id) for row in await connection.execute(_OPEN)]
