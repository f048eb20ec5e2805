"""Events: written, read and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.events.storage.event_tables import event_organizers as organizers
from services.campaigns.events.storage.event_tables import events


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks. ``owns_all``: they may do with every event what its owner may."""

    org_id: UUID
    user_id: UUID
    owns_all: bool


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store."""

    name: str
    date: datetime
    ends_at: datetime | None
    time_zone: str
    location: str | None
    status: str


async def add(connection: AsyncConnection, viewer: Viewer, event: NewEvent) -> RowMapping:
    """Store an event that ``viewer`` owns."""
    statement = insert(events).values(
        id=new_id(),
        org_id=viewer.org_id,
        created_by=viewer.user_id,
        name=event.name,
        date=event.date,
        ends_at=event.ends_at,
        time_zone=event.time_zone,
        location=event.location,
        status=event.status,
    )
    return (await connection.execute(statement.returning(*_columns(viewer)))).mappings().one()


async def page(
    connection: AsyncConnection,
    viewer: Viewer,
    status: str | None,
    limit: int,
    before: UUID | None,
) -> Sequence[RowMapping]:
    """``limit`` events that ``viewer`` may view, newest first, older than ``before``.

    Those in ``status`` alone where that is given.
    """
    query = (
        select(*_columns(viewer))
        .where(events.c.org_id == viewer.org_id, events.c.deleted_at.is_(None))
        .order_by(events.c.id.desc())
        .limit(limit)
    )
    if not viewer.owns_all:
        query = query.where(or_(events.c.created_by == viewer.user_id, _organized_by(viewer)))
    if status:
        query = query.where(events.c.status == status)
    if before:
        query = query.where(events.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def find(
    connection: AsyncConnection, viewer: Viewer, event_id: UUID, lock: bool = False
) -> RowMapping | None:
    """An event with the ``permission`` that ``viewer`` has for it (None: none).

    With ``lock`` it stays as it is until this transaction ends. None where the organisation has
    none with this id.
    """
    query = select(*_columns(viewer)).where(_is_event(viewer.org_id, event_id))
    if lock:
        query = query.with_for_update(of=events)
    return (await connection.execute(query)).mappings().first()


async def change(
    connection: AsyncConnection, viewer: Viewer, event_id: UUID, changes: Mapping[str, Any]
) -> RowMapping | None:
    """Set columns of an event; None as ``find``.

    One that is moved may get texts again, which are to be deleted in their time.
    """
    moved = {"texts_deleted_at": None} if changes.keys() & {"date", "ends_at"} else {}
    statement = (
        update(events)
        .where(_is_event(viewer.org_id, event_id))
        .values(**changes, **moved)
        .returning(*_columns(viewer))
    )
    return (await connection.execute(statement)).mappings().first()


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> bool:
    """Soft-delete an event; False as ``find``."""
    result = await connection.execute(
        update(events).where(_is_event(org_id, event_id)).values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def absence(database: Database, org_id: UUID, event_id: UUID) -> Exception:
    """The error for an event that the organisation does not have (any more)."""
    elsewhere = and_(events.c.id == event_id, events.c.org_id != org_id)
    return await database.not_found(events, elsewhere, "event")


def _is_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(events.c.id == event_id, events.c.org_id == org_id, events.c.deleted_at.is_(None))


def _columns(viewer: Viewer) -> Sequence[ColumnElement[Any]]:
    return [
        *(column for column in events.c if column.name != "deleted_at"),
        _permission(viewer).label("permission"),
    ]


def _permission(viewer: Viewer) -> ColumnElement[Any]:
    """What the viewer may do with the event of the row."""
    if viewer.owns_all:
        return literal("owner")
    given = (
        select(organizers.c.permission)
        .where(
            organizers.c.event_id == events.c.id,
            organizers.c.org_id == viewer.org_id,
            organizers.c.user_id == viewer.user_id,
        )
        .correlate(events)
        .scalar_subquery()
    )
    return case((events.c.created_by == viewer.user_id, "owner"), else_=given)


def _organized_by(viewer: Viewer) -> ColumnElement[bool]:
    return events.c.id.in_(
        select(organizers.c.event_id).where(
            organizers.c.org_id == viewer.org_id, organizers.c.user_id == viewer.user_id
        )
    )
