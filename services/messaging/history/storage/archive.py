"""Read messages that are old enough for the archive as lines of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Messages whose outcome is still open stay. Messages to attendees are deleted with their event.
_MONTHS = text("""
SELECT DISTINCT org_id, date_trunc('month', created_at, 'UTC') AS month FROM sms_messages
WHERE created_at < :before AND status NOT IN ('pending', 'sending', 'unknown') AND NOT refund_due
  AND event_id IS NULL
ORDER BY 1, 2
""")

_BATCH = text("""
SELECT id, (to_jsonb(message) || jsonb_build_object('events', (
  SELECT coalesce(jsonb_agg(to_jsonb(event) ORDER BY event.id), '[]')
  FROM delivery_events AS event
  WHERE event.message_id = message.id AND event.org_id = :org_id
)))::text AS line
FROM sms_messages AS message
WHERE org_id = :org_id AND created_at >= :month
  AND created_at < (:month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
  AND status NOT IN ('pending', 'sending', 'unknown') AND NOT refund_due AND event_id IS NULL
ORDER BY id LIMIT :limit
FOR UPDATE
""")

# Each later statement of the transaction sees what the other transaction has committed.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('archive of ' || :org_id, 0))")


@dataclass(frozen=True, slots=True)
class Month:
    """A month (UTC) of an organisation's messages. `start` is the month's first moment."""

    org_id: UUID
    start: datetime


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """A message with its delivery reports, as JSON without line breaks."""

    message_id: UUID
    json: str


async def lock(connection: AsyncConnection, org_id: UUID) -> None:
    """Let nobody else archive or erase messages of the organisation until the commit."""
    await connection.execute(_ALONE, {"org_id": str(org_id)})


async def months(connection: AsyncConnection, before: datetime) -> Sequence[Month]:
    """Return the months that have messages to archive: those created before `before`."""
    rows = await connection.execute(_MONTHS, {"before": before})
    return [Month(row.org_id, row.month) for row in rows]


async def batch(connection: AsyncConnection, month: Month, limit: int) -> Sequence[ArchiveLine]:
    """Return the first `limit` messages of `month` by id, and lock them for the transaction."""
    parameters = {"org_id": month.org_id, "month": month.start, "limit": limit}
    return [ArchiveLine(row.id, row.line) for row in await connection.execute(_BATCH, parameters)]
