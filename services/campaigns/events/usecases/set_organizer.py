"""Give a user access to an event."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.events.storage import events, organizers
from services.campaigns.events.storage.events import Event
from services.campaigns.events.storage.organizers import Organizer
from services.campaigns.events.support.audit_event import audit_event
from services.campaigns.events.support.load_event import current_viewer, load_event

_MAX_ORGANIZERS = 100


class SetOrganizer:
    """Adds co-organizers, and changes their permission."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, event_id: UUID, user_id: UUID, permission: str) -> Organizer:
        """Give `user_id` the `permission` (view or curate) for an event.

        Raises:
            CrossOrgAccess: The event belongs to another organisation.
            NotFound: The event doesn't exist.
            Forbidden: The current user doesn't own the event.
            Conflict: `user_id` owns the event, or the event has 100 co-organizers already.
        """
        event = await load_event(self._database, event_id, "owner")
        if user_id == event.created_by:
            message = "The event's owner already has full access and can't be a co-organizer."
            raise Conflict(message, "owner_cannot_be_co_organizer")
        viewer = current_viewer()
        async with self._database.org(viewer.org_id) as connection:
            # The lock prevents that two calls both add the hundredth co-organizer.
            if await events.find(connection, viewer, event_id, lock=True):
                return await _put(connection, event, user_id, permission)
        raise await events.not_found(self._database, viewer.org_id, event_id)


async def _put(
    connection: AsyncConnection, event: Event, user_id: UUID, permission: str
) -> Organizer:
    others = await organizers.count_others(connection, event.org_id, event.id, user_id)
    if others >= _MAX_ORGANIZERS:
        raise Conflict(
            f"An event can have up to {_MAX_ORGANIZERS} co-organizers. Remove one first.",
            "too_many_organizers",
        )
    organizer = await organizers.put(connection, event.org_id, event.id, user_id, permission)
    meta = {"userId": str(user_id), "permission": permission}
    await audit_event(connection, "event_organizer_set", event.org_id, event.id, meta)
    return organizer
