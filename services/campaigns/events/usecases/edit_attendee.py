"""Change an attendee's name, phone number or answer to the invitation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.attendees import Attendee
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.attendee_contact import contact_columns
from services.campaigns.events.support.load_attendee import load_attendee


class EditAttendee:
    """Changes attendees. A new phone number links the attendee to another contact."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def edit(
        self,
        event: Event,
        attendee_id: UUID,
        fields: Mapping[str, Any],
        if_version: int | None = None,
    ) -> Attendee:
        """Set the columns in `fields`. An empty `phone` removes the phone number.

        Raises:
            InvalidInput: The phone number is invalid (code invalid_number).
            Conflict: The contact with this phone number attends the event already.
            CrossOrgAccess: The attendee belongs to another organisation.
            NotFound: The event has no attendee with this id.
            PreconditionFailed: The attendee has changed since the version `if_version`.
            Unavailable: Contacts can't be reached.
        """
        org_id = event.org_id
        before = await load_attendee(self._database, org_id, event.id, attendee_id)
        # Checked before a contact is created, and again while the attendee is locked.
        require_version(before.versions, if_version)
        if not fields:
            return before
        changes = dict(fields)
        if "phone" in fields:
            first_name = fields.get("first_name", before.first_name)
            last_name = fields.get("last_name", before.last_name)
            changes |= await contact_columns(self._contacts, fields["phone"], first_name, last_name)
        async with self._database.org(org_id) as connection:
            changed = await attendees.find(connection, org_id, event.id, attendee_id, lock=True)
            if changed is not None:
                require_version(changed.versions, if_version)
                changed = await attendees.change(connection, org_id, event.id, attendee_id, changes)
        if changed is None:
            raise await attendees.not_found(self._database, org_id, [attendee_id])
        return changed
