"""Queries on closings of organisations. A closing outlives its organisation, as a receipt."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Integer, Table, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.storage.tables import metadata

closings = Table(
    "closings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("org_name", Text, nullable=False),
    Column("reason", Text),
    Column("closed_by", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("delete_at", DateTime(timezone=True), nullable=False),
    Column("was_suspended", Boolean),
    Column("suspended_at", DateTime(timezone=True)),
    Column("reopened_at", DateTime(timezone=True)),
    Column("resumed_at", DateTime(timezone=True)),
    Column("step", Integer, nullable=False),
    Column("step_cursor", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("waiting_for", Text),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
    Column("deletion_began_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
)

_ADD = text("""
INSERT INTO closings (id, org_id, org_name, reason, closed_by, delete_at)
SELECT :id, id, name, :reason, :user_id, now() + make_interval(days => :days)
FROM orgs WHERE id = :org_id
ON CONFLICT (org_id) WHERE reopened_at IS NULL DO NOTHING
""")

# What must be done: stop the sending, let it go on after a reopening, or delete.
_DUE = """
finished_at IS NULL AND next_step_at <= now() AND (
  reopened_at IS NULL AND (suspended_at IS NULL OR delete_at <= now())
  OR reopened_at IS NOT NULL AND suspended_at IS NOT NULL AND resumed_at IS NULL
) AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'close-organisations' AND item = closings.id::text
)
"""
HAS_DUE = text(f"EXISTS (SELECT FROM closings WHERE {_DUE})")

_NOTE_SUSPENSION = text("""
UPDATE closings SET was_suspended = :was_suspended WHERE id = :id AND was_suspended IS NULL
""")
_MARK_SUSPENDED = text("UPDATE closings SET suspended_at = now() WHERE id = :id")
_MARK_RESUMED = text("UPDATE closings SET resumed_at = now() WHERE id = :id")

_REOPEN = text("""
UPDATE closings SET reopened_at = now(), next_step_at = now()
WHERE org_id = :org_id AND reopened_at IS NULL AND deletion_began_at IS NULL AND delete_at > now()
RETURNING id
""")

_BEGIN_DELETION = text("""
UPDATE closings SET deletion_began_at = coalesce(deletion_began_at, now())
WHERE id = :id AND reopened_at IS NULL RETURNING id
""")

_SAVE = text("""
UPDATE closings SET step = :step, step_cursor = :step_cursor, counts = CAST(:counts AS jsonb),
  waiting_for = :waiting_for, next_step_at = now() + make_interval(secs => :pause)
WHERE id = :id
""")

_FINISH = text("""
UPDATE closings SET finished_at = now(), waiting_for = NULL
WHERE id = :id AND finished_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing of an organisation.

    Attributes:
        was_suspended: Whether an operator had suspended the organisation before.
        suspended_at: When its sending was stopped.
        resumed_at: When it could send again, after a reopening.
        step: How many steps of the deletion are done.
        step_cursor: Where the service of the next step continues.
        counts: What was deleted so far.
        waiting_for: What must happen first, if the next step waits.
    """

    id: UUID
    org_id: UUID
    org_name: str
    reason: str | None
    closed_by: UUID
    created_at: datetime
    delete_at: datetime
    was_suspended: bool | None
    suspended_at: datetime | None
    reopened_at: datetime | None
    resumed_at: datetime | None
    step: int
    step_cursor: str
    counts: Mapping[str, int]
    waiting_for: str | None
    deletion_began_at: datetime | None
    finished_at: datetime | None

    @property
    def status(self) -> str:
        """The status in the API."""
        if self.reopened_at:
            return "reopened"
        if self.finished_at:
            return "deleted"
        return "deleting" if self.deletion_began_at else "closed"


_COLUMNS = tuple(closings.c[field.name] for field in fields(Closing))


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, reason: str | None, days: int
) -> bool:
    """Store that an organisation is closed, for `days` days. Returns False if it was already."""
    values = {"id": new_id(), "org_id": org_id, "user_id": user_id, "reason": reason, "days": days}
    return bool((await connection.execute(_ADD, values)).rowcount)


async def newest(connection: AsyncConnection, org_id: UUID) -> Closing | None:
    """Return the last closing of an organisation, or None if it was never closed."""
    query = select(*_COLUMNS).where(closings.c.org_id == org_id)
    row = (await connection.execute(query.order_by(closings.c.id.desc()).limit(1))).first()
    return Closing(*row) if row else None


async def page(connection: AsyncConnection, limit: int, before: UUID | None) -> Sequence[Closing]:
    """Return up to `limit` closings of all organisations with ids below `before`, newest first."""
    query = select(*_COLUMNS)
    if before is not None:
        query = query.where(closings.c.id < before)
    rows = await connection.execute(query.order_by(closings.c.id.desc()).limit(limit))
    return [Closing(*row) for row in rows]


async def due(connection: AsyncConnection, limit: int) -> Sequence[Closing]:
    """Return up to `limit` closings for which something must be done."""
    query = select(*_COLUMNS).where(text(_DUE)).order_by(closings.c.next_step_at).limit(limit)
    return [Closing(*row) for row in await connection.execute(query)]


async def note_suspension(connection: AsyncConnection, closing: Closing, *, before: bool) -> None:
    """Store whether the organisation was suspended `before` it was closed."""
    values = {"id": closing.id, "was_suspended": before}
    await connection.execute(_NOTE_SUSPENSION, values)


async def mark_suspended(connection: AsyncConnection, closing: Closing) -> None:
    """Store that the organisation can no longer send."""
    await connection.execute(_MARK_SUSPENDED, {"id": closing.id})


async def mark_resumed(connection: AsyncConnection, closing: Closing) -> None:
    """Store that the organisation can send again, as before it was closed."""
    await connection.execute(_MARK_RESUMED, {"id": closing.id})


async def reopen(connection: AsyncConnection, org_id: UUID) -> bool:
    """Store that an organisation is open again. Returns False if it is too late."""
    return (await connection.execute(_REOPEN, {"org_id": org_id})).first() is not None


async def begin_deletion(connection: AsyncConnection, closing: Closing) -> bool:
    """Store that the deletion has begun. Returns False if the organisation was reopened."""
    return (await connection.execute(_BEGIN_DELETION, {"id": closing.id})).first() is not None


async def save(connection: AsyncConnection, closing: Closing, pause: float) -> None:
    """Store the progress of a deletion. Its next step is due in `pause` seconds."""
    values = {
        "id": closing.id,
        "step": closing.step,
        "step_cursor": closing.step_cursor,
        "counts": json.dumps({**closing.counts}),
        "waiting_for": closing.waiting_for,
        "pause": pause,
    }
    await connection.execute(_SAVE, values)


async def finish(connection: AsyncConnection, closing: Closing) -> bool:
    """Store that nothing of the organisation is left. Returns False if it was stored already."""
    return bool((await connection.execute(_FINISH, {"id": closing.id})).rowcount)
