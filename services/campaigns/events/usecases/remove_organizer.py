"""Remove a user's access to an event."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.campaigns.events.storage import organizers
from services.campaigns.events.support.audit_event import audit_event
from services.campaigns.events.support.load_event import load_event


class RemoveOrganizer:
    """Removes co-organizers from events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remove(self, event_id: UUID, user_id: UUID) -> None:
        """Remove a co-organizer of an event.

        Raises:
            CrossOrgAccess: The event belongs to another organisation.
            NotFound: The event doesn't exist, or doesn't have this co-organizer.
            Forbidden: The current user doesn't own the event.
        """
        event = await load_event(self._database, event_id, "owner")
        async with self._database.org(event.org_id) as connection:
            if not await organizers.remove(connection, event.org_id, event_id, user_id):
                message = "This user isn't a co-organizer of the event."
                raise NotFound(message, "organizer_not_found")
            meta = {"userId": str(user_id)}
            await audit_event(connection, "event_organizer_removed", event.org_id, event_id, meta)
