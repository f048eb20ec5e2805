"""Read and write co-organizers: the users who may view or curate an event of another user."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.events.storage.tables import event_organizers as organizers


@dataclass(frozen=True, slots=True)
class Organizer:
    """A user with a permission for an event."""

    user_id: UUID
    permission: str
    added_at: datetime


_COLUMNS = [organizers.c[field.name] for field in fields(Organizer)]


async def of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[Organizer]:
    """Return an event's co-organizers, the oldest first."""
    query = (
        select(*_COLUMNS)
        .where(_of_event(org_id, event_id))
        .order_by(organizers.c.added_at, organizers.c.user_id)
    )
    return [Organizer(*row) for row in await connection.execute(query)]


async def count_others(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID
) -> int:
    """Count the co-organizers of an event other than `user_id`."""
    query = select(func.count()).where(_of_event(org_id, event_id), organizers.c.user_id != user_id)
    return await connection.scalar(query) or 0


async def put(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID, permission: str
) -> Organizer:
    """Set the permission of `user_id` for an event."""
    statement = (
        insert(organizers)
        .values(org_id=org_id, event_id=event_id, user_id=user_id, permission=permission)
        .on_conflict_do_update(
            constraint="pk_event_organizers",
            set_={"permission": permission},
            where=organizers.c.org_id == org_id,
        )
        .returning(*_COLUMNS)
    )
    return Organizer(*(await connection.execute(statement)).one())


async def remove(connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID) -> bool:
    """Remove a co-organizer. Returns False if the user isn't a co-organizer of the event."""
    result = await connection.execute(
        delete(organizers).where(_of_event(org_id, event_id), organizers.c.user_id == user_id)
    )
    return result.rowcount == 1


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(organizers.c.event_id == event_id, organizers.c.org_id == org_id)
