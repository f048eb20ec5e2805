"""Store exports of the message history that are written to files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.messaging.common.storage.customer_events import tell_customers
from services.messaging.common.storage.history_tables import message_exports as exports
from services.messaging.history.domain.message_filter import MessageFilter
from smsblaster.messaging.v1 import history_pb2

MAX_UNFINISHED = 5
"""Maximum unfinished exports per organisation."""

_MAX_ATTEMPTS = 3
_UNFINISHED = ("pending", "running")

# The lock ends with the transaction, so two requests can't both add the last allowed export.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('export of ' || :org_id, 0))")

# Only one process runs the job at a time, so an export that is still running was interrupted.
_CLAIM = text("""
UPDATE message_exports SET status = 'running', attempts = attempts + 1
WHERE id = (
  SELECT id FROM message_exports WHERE status IN ('pending', 'running')
    AND NOT EXISTS (
      SELECT FROM left_alone
      WHERE job = 'write-exports' AND item = message_exports.id::text
    )
  ORDER BY id LIMIT 1
)
RETURNING id, org_id, user_id, wanted, attempts
""")

HAS_UNFINISHED = text("""
EXISTS (SELECT FROM message_exports WHERE status IN ('pending', 'running'))
""")

_FINISH = text("""
UPDATE message_exports SET status = 'done', rows = :rows, finished_at = now(),
  expires_at = now() + make_interval(hours => :hours)
WHERE id = :id AND org_id = :org_id
""")

_FAIL = text("""
UPDATE message_exports SET status = 'failed', finished_at = now(),
  expires_at = now() + make_interval(hours => :hours)
WHERE id = :id AND org_id = :org_id
""")

_RELEASE = text("""
UPDATE message_exports SET status = 'pending', attempts = attempts - 1
WHERE id = :id AND org_id = :org_id
""")

_EXPIRED = text("SELECT id, org_id FROM message_exports WHERE expires_at < now() ORDER BY id")

_DELETE = text("DELETE FROM message_exports WHERE id = :id AND org_id = :org_id")


@dataclass(frozen=True, slots=True)
class Export:
    """An export of the message history.

    At `expires_at`, its file is deleted, and then the export itself.
    """

    id: UUID
    org_id: UUID
    wanted: Mapping[str, Any]
    status: str
    rows: int | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class ClaimedExport:
    """An export that this process has claimed and writes for `user_id`.

    If `is_last_attempt`, it is not tried again.
    """

    id: UUID
    org_id: UUID
    stored_filter: Mapping[str, Any]
    is_last_attempt: bool
    user_id: UUID | None = None

    @property
    def filter(self) -> MessageFilter:
        """The filter that selects the messages to export."""
        return MessageFilter.from_json(self.stored_filter)


_COLUMNS = tuple(exports.c[field.name] for field in fields(Export))


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID | None, wanted: MessageFilter
) -> Export:
    """Store a new export and return it."""
    rows = await connection.execute(
        insert(exports)
        .values(id=new_id(), org_id=org_id, user_id=user_id, wanted=wanted.to_json())
        .returning(*_COLUMNS)
    )
    return Export(*rows.one())


async def lock_unfinished(connection: AsyncConnection, org_id: UUID) -> Sequence[Export]:
    """Return the organisation's unfinished exports. No export can be added until the commit."""
    await connection.execute(_LOCK, {"org_id": str(org_id)})
    rows = await connection.execute(
        select(*_COLUMNS).where(exports.c.org_id == org_id, exports.c.status.in_(_UNFINISHED))
    )
    return [Export(*row) for row in rows]


async def find(connection: AsyncConnection, org_id: UUID, export_id: UUID) -> Export | None:
    """Return an export, or None if the organisation has none with this id."""
    rows = await connection.execute(
        select(*_COLUMNS).where(exports.c.org_id == org_id, exports.c.id == export_id)
    )
    row = rows.first()
    return Export(*row) if row else None


async def not_found(database: Database, export_id: UUID) -> Exception:
    """Return the error for an export that the organisation does not own."""
    return await database.not_found(exports, exports.c.id == export_id, "export")


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Export]:
    """Return up to `limit` exports older than `before`, newest first."""
    query = (
        select(*_COLUMNS)
        .where(exports.c.org_id == org_id)
        .order_by(exports.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(exports.c.id < before)
    return [Export(*row) for row in await connection.execute(query)]


async def claim(connection: AsyncConnection) -> ClaimedExport | None:
    """Claim the export to write next, of any organisation."""
    row = (await connection.execute(_CLAIM)).first()
    if row is None:
        return None
    note(connection, Hint(row.org_id, Topic.EXPORT, row.id))
    last = row.attempts >= _MAX_ATTEMPTS
    return ClaimedExport(row.id, row.org_id, row.wanted, last, row.user_id)


async def release(connection: AsyncConnection, claimed: ClaimedExport) -> None:
    """Put the export back into the queue. This attempt is not counted."""
    await connection.execute(_RELEASE, {"id": claimed.id, "org_id": claimed.org_id})


async def finish(
    connection: AsyncConnection, claimed: ClaimedExport, rows: int, hours: int
) -> None:
    """Mark the export as done, with `rows` rows in its file. It expires after `hours` hours."""
    await connection.execute(
        _FINISH, {"id": claimed.id, "org_id": claimed.org_id, "rows": rows, "hours": hours}
    )
    note(connection, Hint(claimed.org_id, Topic.EXPORT, claimed.id))
    export = await find(connection, claimed.org_id, claimed.id)
    data = history_pb2.Export()
    await tell_customers(connection, claimed.org_id, "export.finished", data, export)


async def fail(connection: AsyncConnection, claimed: ClaimedExport, hours: int) -> None:
    """Mark the export as failed. It expires after `hours` hours."""
    await connection.execute(_FAIL, {"id": claimed.id, "org_id": claimed.org_id, "hours": hours})
    note(connection, Hint(claimed.org_id, Topic.EXPORT, claimed.id))


async def expired(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """Return the organisation and the id of each export that has expired."""
    return [(row.org_id, row.id) for row in await connection.execute(_EXPIRED)]


async def finished_before(
    connection: AsyncConnection, org_id: UUID, requested_until: datetime
) -> Sequence[UUID]:
    """Return the ids of finished exports that were requested at `requested_until` or before."""
    query = select(exports.c.id).where(
        exports.c.org_id == org_id,
        exports.c.status == "done",
        exports.c.created_at <= requested_until,
    )
    return (await connection.execute(query)).scalars().all()


async def delete(connection: AsyncConnection, org_id: UUID, export_id: UUID) -> None:
    """Delete an export's row. The caller must have deleted its file."""
    await connection.execute(_DELETE, {"org_id": org_id, "id": export_id})
