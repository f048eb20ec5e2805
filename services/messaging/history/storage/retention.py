"""How long an organisation's messages are kept, and which messages are older."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.versions import Versions
from services.messaging.common.storage.history_tables import message_retention as settings

# The direction lets Postgres use the index of each direction. Messages whose outcome is still open
# stay. Messages to attendees are deleted with their event.
_BATCH = """
SELECT id, contact_id, body, created_at FROM sms_messages
WHERE org_id = :org_id AND direction = '{direction}'
  AND created_at >= :since AND created_at < :before
  AND status NOT IN ('pending', 'sending', 'unknown') AND NOT refund_due AND event_id IS NULL
ORDER BY created_at LIMIT :limit
FOR UPDATE
"""
DIRECTIONS = ("in", "out")
_BATCHES = {each: text(_BATCH.format(direction=each)) for each in DIRECTIONS}

_DUE = text("""
SELECT org_id, now() - make_interval(days => days) AS before FROM message_retention
WHERE days IS NOT NULL ORDER BY org_id
""")
_COLUMNS = (settings.c.days, settings.c.updated_at, settings.c.version)


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days messages are kept, or None if they are kept for ever.

    The version is 0 for a setting that was never stored.
    """

    days: int | None = None
    updated_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class TooOld:
    """The messages that an organisation doesn't want to keep: those created before `before`."""

    org_id: UUID
    before: datetime


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A message that is too old to be kept."""

    id: UUID
    contact_id: UUID
    body: str
    created_at: datetime


async def find(connection: AsyncConnection, org_id: UUID) -> Retention:
    """Return how long the organisation's messages are kept."""
    row = (
        await connection.execute(select(*_COLUMNS).where(settings.c.org_id == org_id))
    ).one_or_none()
    return Retention(*row) if row else Retention()


async def lock(connection: AsyncConnection, org_id: UUID) -> Versions:
    """Lock the organisation's setting until the commit, and return its versions."""
    return await settings_rows.lock(connection, settings, org_id)


async def put(connection: AsyncConnection, org_id: UUID, days: int | None) -> Retention:
    """Store how many days the organisation's messages are kept; None for ever."""
    values = {"days": days, "updated_at": text("now()")}
    rows = await connection.execute(
        insert(settings)
        .values(org_id=org_id, column_versions={"days": 1}, **values)
        .on_conflict_do_update(index_elements=[settings.c.org_id], set_=values)
        .returning(*_COLUMNS)
    )
    return Retention(*rows.one())


async def due(connection: AsyncConnection) -> Sequence[TooOld]:
    """Return, for each organisation that doesn't keep messages for ever, what is too old now."""
    return [TooOld(row.org_id, row.before) for row in await connection.execute(_DUE)]


async def batch(
    connection: AsyncConnection, old: TooOld, direction: str, since: datetime, limit: int
) -> Sequence[OldMessage]:
    """Return up to `limit` messages that are too old, and lock them for the transaction.

    They are the oldest ones of a direction that were created at or after `since`.
    """
    values = {"org_id": old.org_id, "before": old.before, "since": since, "limit": limit}
    rows = await connection.execute(_BATCHES[direction], values)
    return [OldMessage(*row) for row in rows]
