"""Co-organizers of events: who may view or curate them beside their owner."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.events.storage.tables import event_organizers as organizers

_COLUMNS = (organizers.c.user_id, organizers.c.permission, organizers.c.added_at)


async def of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[RowMapping]:
    """An event's co-organizers, the longest-standing first."""
    query = (
        select(*_COLUMNS)
        .where(_of_event(org_id, event_id))
        .order_by(organizers.c.added_at, organizers.c.user_id)
    )
    return (await connection.execute(query)).mappings().all()


async def count_others(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID
) -> int:
    """How many co-organizers an event has beside ``user_id``."""
    query = select(func.count()).where(_of_event(org_id, event_id), organizers.c.user_id != user_id)
    return await connection.scalar(query) or 0


async def put(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID, permission: str
) -> RowMapping:
    """Give ``user_id`` a permission for an event, in the place of the one that they have."""
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
    return (await connection.execute(statement)).mappings().one()


async def remove(connection: AsyncConnection, org_id: UUID, event_id: UUID, user_id: UUID) -> bool:
    """Take a co-organizer away; False where the event has no such one."""
    result = await connection.execute(
        delete(organizers).where(_of_event(org_id, event_id), organizers.c.user_id == user_id)
    )
    return result.rowcount == 1


def _of_event(org_id: UUID, event_id: UUID) -> ColumnElement[bool]:
    return and_(organizers.c.event_id == event_id, organizers.c.org_id == org_id)
