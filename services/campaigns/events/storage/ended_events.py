"""Find events whose messages have to be deleted."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.events.storage.tables import event_attendees, events

# The expression of the index ix_events_over.
_ENDED_AT = func.least(
    func.coalesce(events.c.ends_at, events.c.date),
    func.coalesce(events.c.deleted_at, text("'infinity'::timestamptz")),
)


async def ended(
    connection: AsyncConnection, kept: timedelta, limit: int, after: UUID | None
) -> Sequence[tuple[UUID, UUID]]:
    """Return the organisation and id of events that ended longer than `kept` ago.

    Returns up to `limit` events after the event `after`, sorted by id.
    """
    query = (
        select(events.c.org_id, events.c.id)
        .where(events.c.texts_deleted_at.is_(None), func.now() - kept > _ENDED_AT)
        .order_by(events.c.id)
        .limit(limit)
    )
    if after:
        query = query.where(events.c.id > after)
    return [(row.org_id, row.id) for row in await connection.execute(query)]


async def delete_for(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> None:
    """Store that an event's messages are deleted, and delete rows that were kept only for them."""
    is_event = (events.c.org_id == org_id) & (events.c.id == event_id)
    await connection.execute(delete(events).where(is_event, events.c.deleted_at.is_not(None)))
    await connection.execute(update(events).where(is_event).values(texts_deleted_at=func.now()))
    await connection.execute(
        delete(event_attendees).where(
            event_attendees.c.org_id == org_id,
            event_attendees.c.event_id == event_id,
            event_attendees.c.deleted_at.is_not(None),
        )
    )
