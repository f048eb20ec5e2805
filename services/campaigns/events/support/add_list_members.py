"""Add the members of a contact list as attendees."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.events.storage import attendees
from services.campaigns.events.storage.events import Event

_PAGE = 5000


@dataclass(frozen=True, slots=True)
class AddedAttendees:
    """How many members of a list became attendees, and how many were attendees already."""

    created: int
    skipped: int


async def add_list_members(
    database: Database, contacts: Contacts, event: Event, list_id: UUID
) -> AddedAttendees:
    """Add the members of a list to `event`, each page in its own transaction.

    After an error, the attendees of earlier pages stay. Another attempt skips them.

    Raises:
        CrossOrgAccess: The list belongs to another organisation.
        NotFound: The list doesn't exist.
        Unavailable: Contacts can't be reached.
    """
    created = seen = 0
    after = None
    while members := await contacts.members(list_id, after, _PAGE):
        async with database.org(event.org_id) as connection:
            created += await attendees.add_all(connection, event.org_id, event.id, members)
        seen += len(members)
        after = members[-1].contact_id
    return AddedAttendees(created, seen - created)
