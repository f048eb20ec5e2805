"""Find how many messages wait, in which state, and for how long. For all live organisations.

Test messages (their organisations' ids have version 8) are never sent, so they would hide how well
sending works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.waiting import MOST, Waiting

# Held messages are due at infinity, and so is nothing else. Only the index of pending messages is
# read.
PENDING = text("""
SELECT count(*) FILTER (WHERE next_step_at <= now()) AS due,
  count(*) FILTER (WHERE next_step_at > now() AND next_step_at < 'infinity') AS deferred,
  count(*) FILTER (WHERE next_step_at = 'infinity') AS held
FROM (
  SELECT next_step_at FROM sms_messages
  WHERE status = 'pending' AND uuid_extract_version(org_id) IS DISTINCT FROM 8 LIMIT :most
) AS pending
""").bindparams(most=MOST)

UNKNOWN = text("""
SELECT count(*) AS items,
  coalesce(extract(epoch FROM clock_timestamp() - min(attempted_at)), 0) AS oldest
FROM (
  SELECT attempted_at FROM sms_messages
  WHERE status = 'unknown' AND uuid_extract_version(org_id) IS DISTINCT FROM 8
  ORDER BY attempted_at LIMIT :most
) AS unknown
""").bindparams(most=MOST)

REFUNDS = text("""
SELECT count(*) FROM (SELECT FROM sms_messages WHERE refund_due LIMIT :most) AS refunds
""").bindparams(most=MOST)

# Steps through the index of pending messages from one organisation to the next, and reads the first
# message of each. A message that is still being accepted is not charged, and not due.
OLDEST_DUE = text("""
WITH RECURSIVE first AS (
  (
    SELECT org_id, next_step_at FROM sms_messages WHERE status = 'pending' AND charged
    ORDER BY org_id, next_step_at LIMIT 1
  )
  UNION ALL
  SELECT following.org_id, following.next_step_at FROM first CROSS JOIN LATERAL (
    SELECT org_id, next_step_at FROM sms_messages
    WHERE status = 'pending' AND charged AND org_id > first.org_id
    ORDER BY org_id, next_step_at LIMIT 1
  ) AS following
)
SELECT org_id, extract(epoch FROM clock_timestamp() - next_step_at) AS seconds
FROM first WHERE next_step_at <= now() AND uuid_extract_version(org_id) IS DISTINCT FROM 8
ORDER BY next_step_at LIMIT :worst
""")


@dataclass(frozen=True, slots=True)
class OverdueOrg:
    """An organisation, and the seconds for which its first message is due."""

    org_id: UUID
    seconds: float


async def pending(connection: AsyncConnection) -> Mapping[str, int]:
    """Count pending messages by state: due, deferred (by the clock) and held (by a person)."""
    row = (await connection.execute(PENDING)).one()
    return {"due": row.due, "deferred": row.deferred, "held": row.held}


async def unknown(connection: AsyncConnection) -> Waiting:
    """Count messages of which nobody knows yet whether Twilio accepted them."""
    row = (await connection.execute(UNKNOWN)).one()
    return Waiting(row.items, float(row.oldest))


async def refunds(connection: AsyncConnection) -> int:
    """Count messages whose charge has to be refunded."""
    return int(await connection.scalar(REFUNDS) or 0)


async def overdue(connection: AsyncConnection, worst: int) -> Sequence[OverdueOrg]:
    """Return the ``worst`` organisations whose messages are due for the longest time."""
    rows = await connection.execute(OLDEST_DUE, {"worst": worst})
    return [OverdueOrg(row.org_id, float(row.seconds)) for row in rows]
