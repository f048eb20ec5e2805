"""Queries on erasures of people. A finished erasure has neither the number nor the contacts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.gateway.storage.tables import metadata

erasures = Table(
    "erasures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("requested_by", Uuid, nullable=False),
    Column("phone", Text),
    Column("phones", ARRAY(Text), nullable=False),
    Column("contact_ids", ARRAY(Uuid), nullable=False),
    Column("step", Integer, nullable=False),
    Column("step_cursor", Text, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("waiting_for", Text),
    Column("next_step_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
)

_ADD = text("""
INSERT INTO erasures (id, org_id, requested_by, phone)
VALUES (:id, :org_id, :user_id, :phone)
ON CONFLICT (org_id, phone) WHERE finished_at IS NULL DO NOTHING
""")

_DUE = """
finished_at IS NULL AND next_step_at <= now() AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'erase-people' AND item = erasures.id::text
)
"""
HAS_DUE = text(f"EXISTS (SELECT FROM erasures WHERE {_DUE})")

# A finished erasure stays empty, whoever else still works on it.
_SAVE = text("""
UPDATE erasures SET phones = CAST(:phones AS text[]), contact_ids = CAST(:contact_ids AS uuid[]),
  step = :step, step_cursor = :step_cursor, counts = CAST(:counts AS jsonb),
  waiting_for = :waiting_for, next_step_at = now() + make_interval(secs => :pause)
WHERE id = :id AND org_id = :org_id AND finished_at IS NULL
""")

_FINISH = text("""
UPDATE erasures SET phone = NULL, phones = '{}', contact_ids = '{}', waiting_for = NULL,
  finished_at = now()
WHERE id = :id AND org_id = :org_id AND finished_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of a person.

    Attributes:
        requested_by: The user who asked for it.
        phone: The number that the user gave. None when the person is erased.
        phones: All numbers of the person, once they are known.
        contact_ids: All contacts of the person, once they are known.
        step: How many steps are done.
        step_cursor: Where the service of the next step continues.
        counts: What was removed so far.
        waiting_for: What must happen first, if the next step waits.
    """

    id: UUID
    org_id: UUID
    requested_by: UUID
    phone: str | None
    phones: Sequence[str]
    contact_ids: Sequence[UUID]
    step: int
    step_cursor: str
    counts: Mapping[str, int]
    waiting_for: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def status(self) -> str:
        """The status in the API."""
        if self.finished_at:
            return "done"
        return "waiting" if self.waiting_for else "running"


_COLUMNS = tuple(erasures.c[field.name] for field in fields(Erasure))


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, phone: str
) -> tuple[Erasure, bool]:
    """Store an erasure, unless one of the same number is unfinished.

    Returns the unfinished erasure, and whether it is new.
    """
    values = {"id": new_id(), "org_id": org_id, "user_id": user_id, "phone": phone}
    added = (await connection.execute(_ADD, values)).rowcount
    query = select(*_COLUMNS).where(
        erasures.c.org_id == org_id, erasures.c.phone == phone, erasures.c.finished_at.is_(None)
    )
    return Erasure(*(await connection.execute(query)).one()), bool(added)


async def find(connection: AsyncConnection, org_id: UUID, erasure_id: UUID) -> Erasure | None:
    """Return an erasure of the organisation, or None."""
    query = select(*_COLUMNS).where(erasures.c.org_id == org_id, erasures.c.id == erasure_id)
    row = (await connection.execute(query)).first()
    return Erasure(*row) if row else None


async def not_found(database: Database, erasure_id: UUID) -> Exception:
    """Return the error for an erasure that the organisation does not have."""
    return await database.not_found(erasures, erasures.c.id == erasure_id, "erasure")


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Erasure]:
    """Return up to `limit` erasures with ids below `before`, newest first."""
    query = select(*_COLUMNS).where(erasures.c.org_id == org_id)
    if before is not None:
        query = query.where(erasures.c.id < before)
    rows = await connection.execute(query.order_by(erasures.c.id.desc()).limit(limit))
    return [Erasure(*row) for row in rows]


async def due(connection: AsyncConnection, limit: int) -> Sequence[Erasure]:
    """Return up to `limit` erasures whose next step is due, of any organisation."""
    query = select(*_COLUMNS).where(text(_DUE)).order_by(erasures.c.next_step_at).limit(limit)
    return [Erasure(*row) for row in await connection.execute(query)]


async def save(connection: AsyncConnection, erasure: Erasure, pause: float) -> None:
    """Store the progress of an erasure. Its next step is due in `pause` seconds."""
    values = {
        "id": erasure.id,
        "org_id": erasure.org_id,
        "phones": list(erasure.phones),
        "contact_ids": list(erasure.contact_ids),
        "step": erasure.step,
        "step_cursor": erasure.step_cursor,
        "counts": json.dumps(erasure.counts),
        "waiting_for": erasure.waiting_for,
        "pause": pause,
    }
    await connection.execute(_SAVE, values)


async def finish(connection: AsyncConnection, erasure: Erasure) -> bool:
    """Mark an erasure as finished, and forget the person. Returns False if it was already."""
    values = {"id": erasure.id, "org_id": erasure.org_id}
    return bool((await connection.execute(_FINISH, values)).rowcount)
