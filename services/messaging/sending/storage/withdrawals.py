"""Cancel the pending messages of withdrawn campaigns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.recount import recount

_MARK = text("""
INSERT INTO campaign_counts (campaign_id, org_id, held, withdrawn)
VALUES (:campaign_id, :org_id, true, true)
ON CONFLICT (campaign_id) DO UPDATE SET held = true, withdrawn = true, running = false
RETURNING old IS NULL AS made
""")

_OPEN = text("""
SELECT org_id, campaign_id FROM campaign_counts WHERE withdrawn AND pending > 0
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'withdraw-cancelled' AND item = campaign_counts.campaign_id::text
  )
ORDER BY campaign_id LIMIT 100
""")

HAS_OPEN = text("EXISTS (SELECT FROM campaign_counts WHERE withdrawn AND pending > 0)")


async def mark(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> None:
    """Mark a campaign as withdrawn. After the commit, no sender process claims its messages."""
    if await connection.scalar(_MARK, {"org_id": org_id, "campaign_id": campaign_id}):
        await recount(connection, [(campaign_id, org_id)])


async def cancel(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, limit: int
) -> Sequence[UUID]:
    """Cancel up to `limit` pending messages of a campaign and flag their refunds.

    Returns their ids.
    """
    rows = await connection.execute(
        transitions.CANCEL, {"org_id": org_id, "campaign_id": campaign_id, "limit": limit}
    )
    return rows.scalars().all()


async def open_campaigns(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of withdrawn campaigns that may have pending messages."""
    return [(row.org_id, row.campaign_id) for row in await connection.execute(_OPEN)]
