"""Read, write and delete events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
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
from servicekit.db.versions import Versions
from servicekit.ids import new_id
from services.campaigns.events.storage.tables import event_organizers as organizers
from services.campaigns.events.storage.tables import events


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user of the request. `owns_all`: whether they own every event of the organisation."""

    org_id: UUID
    user_id: UUID
    owns_all: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event with the permission that the viewer has for it, if any."""

    id: UUID
    org_id: UUID
    name: str
    date: datetime
    ends_at: datetime | None
    time_zone: str
    location: str | None
    status: str
    created_by: UUID
    created_at: datetime
    version: int
    column_versions: Mapping[str, int]
    permission: str | None

    @property
    def end(self) -> datetime:
        """The time at which the event ends. An event that has no end ends when it begins."""
        return self.ends_at or self.date

    @property
    def versions(self) -> Versions:
        """The event's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to store."""

    name: str
    date: datetime
    ends_at: datetime | None
    time_zone: str
    location: str | None
    status: str


async def add(connection: AsyncConnection, viewer: Viewer, event: NewEvent) -> Event:
    """Store an event that `viewer` owns."""
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
    return Event(*(await connection.execute(statement.returning(*_columns(viewer)))).one())


async def page(
    connection: AsyncConnection,
    viewer: Viewer,
    status: str | None,
    limit: int,
    before: UUID | None,
) -> Sequence[Event]:
    """Return up to `limit` events older than `before` that `viewer` may view, newest first.

    If `status` is given, only events with this status are returned.
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
    return [Event(*row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection, viewer: Viewer, event_id: UUID, lock: bool = False
) -> Event | None:
    """Return an event, or None if the organisation has none with this id.

    If `lock` is set, nobody can change the event until the transaction ends.
    """
    query = select(*_columns(viewer)).where(_is_event(viewer.org_id, event_id))
    if lock:
        query = query.with_for_update(of=events)
    row = (await connection.execute(query)).first()
    return Event(*row) if row else None


async def change(
    connection: AsyncConnection, viewer: Viewer, event_id: UUID, changes: Mapping[str, Any]
) -> Event | None:
    """Set columns of an event. Returns None if the organisation has none with this id.

    If its start or end changes, `texts_deleted_at` is cleared: the event may send more messages,
    which must be deleted after its new end.
    """
    moved = {"texts_deleted_at": None} if changes.keys() & {"date", "ends_at"} else {}
    statement = (
        update(events)
        .where(_is_event(viewer.org_id, event_id))
        .values(**changes, **moved)
        .returning(*_columns(viewer))
    )
    row = (await connection.execute(statement)).first()
    return Event(*row) if row else None


async def delete(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> bool:
    """Soft-delete an event. Returns False if the organisation has none with this id."""
    result = await connection.execute(
        update(events).where(_is_event(org_id, event_id)).values(deleted_at=func.now())
    )
    return result.rowcount == 1


async def not_found(database: Database, org_id: UUID, event_id: UUID) -> Exception:
    """Return the error for an event that the organisation doesn't have."""
    elsewhere = and_(events.c.id == event_id, events.c.org_id != org_id)
    return await database.not_found(events, elsewhere, "event")


def _is_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(events.c.id == event_id, events.c.org_id == org_id, events.c.deleted_at.is_(None))


def _columns(viewer: Viewer) -> Sequence[ColumnElement[Any]]:
    stored = [events.c[field.name] for field in fields(Event) if field.name != "permission"]
    return [*stored, _permission(viewer).label("permission")]


def _permission(viewer: Viewer) -> ColumnElement[Any]:
    """Return the SQL expression for the permission that the viewer has."""
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
