"""Read and write the question sets of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import Versions
from servicekit.ids import new_id
from services.campaigns.events.storage.tables import question_sets as sets


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions for the attendees of an event. A draft has no `published_at`."""

    id: UUID
    title: str
    questions: Sequence[str]
    published_at: datetime | None
    created_at: datetime
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The question set's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)


_COLUMNS = [sets.c[field.name] for field in fields(QuestionSet)]


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    title: str,
    questions: Sequence[str],
) -> QuestionSet:
    """Store a question set as a draft."""
    statement = insert(sets).values(
        id=new_id(), org_id=org_id, event_id=event_id, title=title, questions=list(questions)
    )
    return QuestionSet(*(await connection.execute(statement.returning(*_COLUMNS))).one())


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[QuestionSet]:
    """Return up to `limit` question sets of an event older than `before`, newest first."""
    query = (
        select(*_COLUMNS).where(_of_event(org_id, event_id)).order_by(sets.c.id.desc()).limit(limit)
    )
    if before:
        query = query.where(sets.c.id < before)
    return [QuestionSet(*row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID, lock: bool = False
) -> QuestionSet | None:
    """Return a question set, or None if the event has none with this id.

    If `lock` is set, nobody can change it until the transaction ends.
    """
    query = select(*_COLUMNS).where(_is_set(org_id, event_id, set_id))
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).first()
    return QuestionSet(*row) if row else None


async def change(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    set_id: UUID,
    changes: Mapping[str, Any],
) -> QuestionSet | None:
    """Set columns of a question set. Returns None if the event has none with this id."""
    statement = (
        update(sets).where(_is_set(org_id, event_id, set_id)).values(**changes).returning(*_COLUMNS)
    )
    row = (await connection.execute(statement)).first()
    return QuestionSet(*row) if row else None


async def publish(connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID) -> bool:
    """Publish a question set. Returns False if it was published before."""
    result = await connection.execute(
        update(sets)
        .where(_is_set(org_id, event_id, set_id), sets.c.published_at.is_(None))
        .values(published_at=func.now())
    )
    return result.rowcount == 1


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID) -> bool:
    """Soft-delete a question set. Returns False if the event has none with this id."""
    result = await connection.execute(
        update(sets).where(_is_set(org_id, event_id, set_id)).values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def not_found(database: Database, org_id: UUID, set_id: UUID) -> Exception:
    """Return the error for a question set that the event doesn't have."""
    elsewhere = and_(sets.c.id == set_id, sets.c.org_id != org_id)
    return await database.not_found(sets, elsewhere, "question set")


def _is_set(org_id: UUID, event_id: UUID, set_id: UUID) -> ColumnElement[bool]:
    return and_(sets.c.id == set_id, _of_event(org_id, event_id))


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(sets.c.event_id == event_id, sets.c.org_id == org_id, sets.c.deleted_at.is_(None))
