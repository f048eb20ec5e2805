"""Add an attendee to an event."""

from dataclasses import replace

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.attendees import Attendee, NewAttendee
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.attendee_contact import contact_columns


class AddAttendee:
    """Adds a single attendee to an event."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def add(self, event: Event, attendee: NewAttendee) -> Attendee:
        """Add `attendee` to `event`. The phone number is given as the user wrote it.

        Raises:
            InvalidInput: The phone number is invalid (code invalid_number).
            Conflict: The contact with this phone number attends the event already.
            Unavailable: Contacts can't be reached.
        """
        columns = await contact_columns(
            self._contacts, attendee.phone, attendee.first_name, attendee.last_name
        )
        attendee = replace(attendee, **columns)
        async with self._database.org(event.org_id) as connection:
            return await attendees.add(connection, event.org_id, event.id, attendee)
