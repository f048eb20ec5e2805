"""Messages whose refund is due. A failure sets a flag, and billing's refund removes it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_DUE = text("""
SELECT org_id, array_agg(id ORDER BY id) AS ids
FROM (
  SELECT org_id, id FROM sms_messages
  WHERE refund_due AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'collect-refunds' AND item = sms_messages.id::text
  )
  ORDER BY org_id, id LIMIT 5000
) AS due
GROUP BY org_id
""")

HAS_DUE = text("EXISTS (SELECT FROM sms_messages WHERE refund_due)")

_ANY_DUE = text("""
SELECT EXISTS (SELECT FROM sms_messages WHERE org_id = :org_id AND refund_due)
""")

# A refund lowers the spending of the day on which the message was stored.
_SETTLE = text("""
WITH settled AS (
  UPDATE sms_messages SET refund_due = false
  WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[])) AND refund_due
  RETURNING campaign_id, price_cents, (created_at AT TIME ZONE 'UTC')::date AS day
), unspent AS (
  UPDATE daily_spend AS spent SET cents = spent.cents - back.cents
  FROM (SELECT day, sum(price_cents) AS cents FROM settled GROUP BY day) AS back
  WHERE spent.org_id = :org_id AND spent.day = back.day
)
SELECT campaign_id, price_cents FROM settled
""")


async def due(connection: AsyncConnection) -> Sequence[tuple[UUID, Sequence[UUID]]]:
    """List messages to be refunded, grouped by organisation."""
    return [(row.org_id, row.ids) for row in await connection.execute(_DUE)]


async def any_due(connection: AsyncConnection, org_id: UUID) -> bool:
    """Return whether a message of the organisation must still be refunded."""
    return bool(await connection.scalar(_ANY_DUE, {"org_id": org_id}))


async def settle(
    connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]
) -> Sequence[tuple[UUID | None, int]]:
    """Store that billing has refunded these messages.

    Returns:
        Campaign and cents of each message whose refund was still due.
    """
    rows = await connection.execute(_SETTLE, {"org_id": org_id, "ids": list(ids)})
    return [(row.campaign_id, row.price_cents) for row in rows]
