"""Question sets of events."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.events.storage.event_tables import question_sets as sets

_COLUMNS = (
    sets.c.id,
    sets.c.title,
    sets.c.questions,
    sets.c.published_at,
    sets.c.created_at,
)


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    title: str,
    questions: Sequence[str],
) -> RowMapping:
    """Store a question set as a draft."""
    statement = insert(sets).values(
        id=new_id(), org_id=org_id, event_id=event_id, title=title, questions=list(questions)
    )
    return (await connection.execute(statement.returning(*_COLUMNS))).mappings().one()


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` question sets of an event, newest first, older than ``before``."""
    query = (
        select(*_COLUMNS).where(_of_event(org_id, event_id)).order_by(sets.c.id.desc()).limit(limit)
    )
    if before:
        query = query.where(sets.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def find(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID
) -> RowMapping | None:
    """A question set; None where the event has none with this id."""
    query = select(*_COLUMNS).where(_is_set(org_id, event_id, set_id))
    return (await connection.execute(query)).mappings().first()


async def change(
    connection: AsyncConnection,
    org_id: UUID,
    event_id: UUID,
    set_id: UUID,
    changes: Mapping[str, Any],
) -> RowMapping | None:
    """Set columns of a question set, one at least; None as ``find``."""
    statement = (
        update(sets).where(_is_set(org_id, event_id, set_id)).values(**changes).returning(*_COLUMNS)
    )
    return (await connection.execute(statement)).mappings().first()


async def publish(connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID) -> bool:
    """Publish a question set; False where it was published before."""
    result = await connection.execute(
        update(sets)
        .where(_is_set(org_id, event_id, set_id), sets.c.published_at.is_(None))
        .values(published_at=func.now())
    )
    return result.rowcount == 1


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID, set_id: UUID) -> bool:
    """Soft-delete a question set; False where the event has none with this id."""
    result = await connection.execute(
        update(sets).where(_is_set(org_id, event_id, set_id)).values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def get(database: Database, org_id: UUID, event_id: UUID, set_id: UUID) -> RowMapping:
    """A question set of an event. Raises ``CrossOrgAccess`` or ``NotFound``."""
    async with database.org(org_id) as connection:
        row = await find(connection, org_id, event_id, set_id)
    if row is None:
        raise await absence(database, org_id, set_id)
    return row


async def absence(database: Database, org_id: UUID, set_id: UUID) -> Exception:
    """The error for a question set that the event does not have (any more)."""
    elsewhere = and_(sets.c.id == set_id, sets.c.org_id != org_id)
    return await database.not_found(sets, elsewhere, "question set")


def _is_set(org_id: UUID, event_id: UUID, set_id: UUID) -> ColumnElement[bool]:
    return and_(sets.c.id == set_id, _of_event(org_id, event_id))


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(sets.c.event_id == event_id, sets.c.org_id == org_id, sets.c.deleted_at.is_(None))
