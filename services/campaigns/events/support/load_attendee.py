"""Load an attendee. Raise an error if the event doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.attendees import Attendee


async def load_attendee(
    database: Database,
    org_id: UUID,
    event_id: UUID,
    attendee_id: UUID,
    also_deleted: bool = False,
) -> Attendee:
    """Return an attendee of an event.

    Raises:
        CrossOrgAccess: The attendee belongs to another organisation.
        NotFound: The event has no attendee with this id.
    """
    async with database.org(org_id) as connection:
        attendee = await attendees.find(
            connection, org_id, event_id, attendee_id, also_deleted=also_deleted
        )
    if attendee is None:
        raise await attendees.not_found(database, org_id, [attendee_id])
    return attendee
