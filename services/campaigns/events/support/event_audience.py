"""Read the attendees of an event as the recipients of an event message."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.recipients import Attendees, Recipient
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.support.audience import END, Page
from services.campaigns.events.domain.attendees import as_recipients
from services.campaigns.events.storage import audiences


class EventAudience:
    """Reads the attendees who get an event message, in the order of their contact ids."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def page(
        self, org_id: UUID, attendees: Attendees, after: UUID | None, limit: int
    ) -> Page:
        """Return the next `limit` attendees after the contact `after`.

        Raises:
            Unavailable: Contacts can't be reached.
        """
        async with self._database.org(org_id) as connection:
            rows = await audiences.page(connection, org_id, attendees, after, limit)
        if not rows:
            return END
        contacts = await self._contacts.by_ids([row.contact_id for row in rows])
        recipients = as_recipients(rows, contacts, attendees)
        return Page(recipients, rows[-1].contact_id)

    async def of_contacts(
        self, org_id: UUID, attendees: Attendees, contact_ids: Sequence[UUID]
    ) -> Sequence[Recipient]:
        """Return the attendees whose contact is in `contact_ids`.

        Attendees whose contact was deleted are left out.
        """
        contacts = await self._contacts.by_ids(contact_ids)
        async with self._database.org(org_id) as connection:
            rows = await audiences.of_contacts(connection, org_id, attendees, contact_ids)
        return as_recipients(rows, contacts, attendees)
