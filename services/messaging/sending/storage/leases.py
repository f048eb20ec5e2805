"""Messages whose sender did not come back: their leases have run out."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.storage.counts import Move

_EXPIRED = text("""
SELECT org_id, id FROM sms_messages
WHERE status = 'sending' AND next_step_at < now()
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'expire-leases' AND item = sms_messages.id::text
  )
ORDER BY id LIMIT 1000
""")

_EXPIRE = text("""
UPDATE sms_messages SET status = 'unknown', next_step_at = now(), status_updated_at = now()
WHERE id IN (
  SELECT id FROM sms_messages
  WHERE status = 'sending' AND next_step_at < now() AND id = ANY(CAST(:ids AS uuid[]))
  ORDER BY id FOR UPDATE SKIP LOCKED
)
RETURNING org_id, campaign_id
""")


async def expired(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """Organisation and id of messages whose leases have run out."""
    return [(row.org_id, row.id) for row in await connection.execute(_EXPIRED)]


async def expire(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Move]:
    """Note that the fate of such messages is unknown; how they moved."""
    rows = await connection.execute(_EXPIRE, {"ids": list(ids)})
    return [Move(row.org_id, row.campaign_id, "sending", "unknown") for row in rows]
