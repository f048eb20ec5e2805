"""Delete an attendee, and the matches that they belong to."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import attendees, matches
from services.campaigns.events.storage.events import Event


class DeleteAttendee:
    """Soft-deletes attendees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete(self, event: Event, attendee_id: UUID) -> None:
        """Delete an attendee of `event`, and the matches that they belong to.

        Raises:
            CrossOrgAccess: The attendee belongs to another organisation.
            NotFound: The event has no attendee with this id.
        """
        org_id = event.org_id
        async with self._database.org(org_id) as connection:
            deleted = await attendees.delete(connection, org_id, event.id, attendee_id)
            if deleted:
                await matches.delete_for(connection, org_id, attendee_id)
        if not deleted:
            raise await attendees.not_found(self._database, org_id, [attendee_id])
