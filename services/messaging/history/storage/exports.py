"""Exports that are prepared as files: what was asked for, and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.common.storage.history_tables import message_exports as exports
from services.messaging.history.domain.history import WantedMessages

OPEN_AT_MOST = 5
"""So many exports of an organisation may be waiting or being written."""

_ATTEMPTS = 3
_OPEN = ("pending", "running")

# Until the transaction ends: what is open is counted and added to by one at a time.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('export of ' || :org_id, 0))")

# The job that takes it runs once at a time: one that is running still was cut off.
_TAKE = text("""
UPDATE message_exports SET status = 'running', attempts = attempts + 1
WHERE id = (
  SELECT id FROM message_exports WHERE status IN ('pending', 'running')
    AND NOT EXISTS (
      SELECT FROM left_alone
      WHERE job = 'write-exports' AND item = message_exports.id::text
    )
  ORDER BY id LIMIT 1
)
RETURNING id, org_id, wanted, attempts
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

_PUT_BACK = text("""
UPDATE message_exports SET status = 'pending', attempts = attempts - 1
WHERE id = :id AND org_id = :org_id
""")

_EXPIRED = text("SELECT id, org_id FROM message_exports WHERE expires_at < now() ORDER BY id")

_FORGET = text("DELETE FROM message_exports WHERE id = :id AND org_id = :org_id")


@dataclass(frozen=True, slots=True)
class Taken:
    """An export to be written, as it is ``stored``. ``last``: it is not tried again."""

    id: UUID
    org_id: UUID
    stored: Mapping[str, Any]
    last: bool

    @property
    def wanted(self) -> WantedMessages:
        """What was asked for."""
        return WantedMessages.read(self.stored)


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID | None, wanted: WantedMessages
) -> RowMapping:
    """Ask for an export; the row."""
    rows: CursorResult[Any] = await connection.execute(
        insert(exports)
        .values(id=new_id(), org_id=org_id, user_id=user_id, wanted=wanted.written())
        .returning(exports)
    )
    return rows.mappings().one()


async def open_ones(connection: AsyncConnection, org_id: UUID) -> Sequence[RowMapping]:
    """The organisation's exports that are not finished; nobody adds one before the commit."""
    await connection.execute(_LOCK, {"org_id": str(org_id)})
    rows = await connection.execute(
        select(exports).where(exports.c.org_id == org_id, exports.c.status.in_(_OPEN))
    )
    return rows.mappings().all()


async def get(database: Database, org_id: UUID, export_id: UUID) -> RowMapping:
    """One export. Raises ``NotFound`` or ``CrossOrgAccess``."""
    async with database.org(org_id) as connection:
        row = await find(connection, org_id, export_id)
    if row is None:
        raise await database.why_absent(exports, exports.c.id == export_id, "export")
    return row


async def find(connection: AsyncConnection, org_id: UUID, export_id: UUID) -> RowMapping | None:
    """One export, if it is there."""
    rows = await connection.execute(
        select(exports).where(exports.c.org_id == org_id, exports.c.id == export_id)
    )
    return rows.mappings().first()


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` exports older than ``before``, newest first."""
    query = (
        select(exports).where(exports.c.org_id == org_id).order_by(exports.c.id.desc()).limit(limit)
    )
    if before:
        query = query.where(exports.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def take(connection: AsyncConnection) -> Taken | None:
    """The export to write next, of whatever organisation."""
    row = (await connection.execute(_TAKE)).first()
    if row is None:
        return None
    return Taken(row.id, row.org_id, row.wanted, last=row.attempts >= _ATTEMPTS)


async def put_back(connection: AsyncConnection, taken: Taken) -> None:
    """Let the export wait; this was no attempt."""
    await connection.execute(_PUT_BACK, {"id": taken.id, "org_id": taken.org_id})


async def finish(connection: AsyncConnection, taken: Taken, rows: int, hours: int) -> None:
    """Note that the file with ``rows`` is done; it expires after ``hours``."""
    await connection.execute(
        _FINISH, {"id": taken.id, "org_id": taken.org_id, "rows": rows, "hours": hours}
    )


async def fail(connection: AsyncConnection, taken: Taken, hours: int) -> None:
    """Note that the file could not be written."""
    await connection.execute(_FAIL, {"id": taken.id, "org_id": taken.org_id, "hours": hours})


async def expired(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """Organisation and id of the exports that have expired."""
    return [(row.org_id, row.id) for row in await connection.execute(_EXPIRED)]


async def done_before(
    connection: AsyncConnection, org_id: UUID, moment: datetime
) -> Sequence[UUID]:
    """Ids of the organisation's finished exports that were asked for before ``moment``."""
    query = select(exports.c.id).where(
        exports.c.org_id == org_id, exports.c.status == "done", exports.c.created_at <= moment
    )
    return (await connection.execute(query)).scalars().all()


async def forget(connection: AsyncConnection, org_id: UUID, export_id: UUID) -> None:
    """Drop an export."""
    await connection.execute(_FORGET, {"org_id": org_id, "id": export_id})
