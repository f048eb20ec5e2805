"""Count the messages of live organisations that wait, by state, and find for how long they wait.

Test messages (their organisations' ids have version 8) are never sent, so they would hide how well
sending works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.waiting import MOST, Waiting

# Steps through the index of pending messages from one organisation to the next, and reads up to
# :most messages of each state, so that many messages of one state don't hide those of another.
# Held messages are due at infinity, and so is nothing else.
PENDING = text("""
WITH RECURSIVE org AS (
  (SELECT org_id FROM sms_messages WHERE status = 'pending' ORDER BY org_id LIMIT 1)
  UNION ALL
  SELECT following.org_id FROM org CROSS JOIN LATERAL (
    SELECT org_id FROM sms_messages WHERE status = 'pending' AND org_id > org.org_id
    ORDER BY org_id LIMIT 1
  ) AS following
)
SELECT state.name, counted.items
FROM (
  VALUES ('due', timestamptz '-infinity', now()), ('deferred', now(), timestamptz '9999-12-31'),
    ('held', timestamptz '9999-12-31', timestamptz 'infinity')
) AS state (name, after, until)
CROSS JOIN LATERAL (
  SELECT count(*) AS items FROM (
    SELECT FROM org CROSS JOIN LATERAL (
      SELECT FROM sms_messages WHERE status = 'pending' AND sms_messages.org_id = org.org_id
        AND next_step_at > state.after AND next_step_at <= state.until
      LIMIT :most
    ) AS message
    WHERE uuid_extract_version(org.org_id) IS DISTINCT FROM 8
    LIMIT :most
  ) AS messages
) AS counted
""")

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


IDLE = text("""
SELECT org_id, extract(epoch FROM clock_timestamp() - refilled_at) AS seconds FROM send_limits
WHERE org_id = ANY(CAST(:org_ids AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class OverdueOrg:
    """An organisation, and the seconds for which its first message is due."""

    org_id: UUID
    seconds: float


async def pending(connection: AsyncConnection, most: int = MOST) -> Mapping[str, int]:
    """Count pending messages by state: due, deferred (by the clock) and held (by a person).

    Counts up to `most` of each state.
    """
    rows = await connection.execute(PENDING, {"most": most})
    return {row.name: row.items for row in rows}


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


async def idle_seconds(
    connection: AsyncConnection, overdue_orgs: Sequence[OverdueOrg]
) -> Mapping[UUID, float]:
    """Return the seconds since a sender last took a turn of each organisation, by its id.

    The seconds are at most those for which the organisation's first message is due. While messages
    are due, an organisation has a turn each time its rate allows more.
    """
    org_ids = [org.org_id for org in overdue_orgs]
    rows = await connection.execute(IDLE, {"org_ids": org_ids})
    since_turn = {row.org_id: float(row.seconds) for row in rows}
    return {o.org_id: min(o.seconds, since_turn.get(o.org_id, o.seconds)) for o in overdue_orgs}
