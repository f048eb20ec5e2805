"""Have everyone on a contact list attend an event."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.events.storage import attendees

_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list's members: ``created`` attend now, ``skipped`` did so before."""

    created: int
    skipped: int


async def add_from_list(
    database: Database, contacts: Contacts, event: RowMapping, list_id: UUID
) -> Added:
    """Add the members of a list to ``event``, page by page, each in a transaction of its own.

    Raises ``CrossOrgAccess`` or ``NotFound`` for the list, and ``Unavailable``; what came before
    stays, and another attempt passes it over.
    """
    created = seen = 0
    after = None
    while members := await contacts.members(list_id, after, _PAGE):
        async with database.org(event["org_id"]) as connection:
            created += await attendees.add_all(connection, event["org_id"], event["id"], members)
        seen += len(members)
        after = members[-1].contact_id
    return Added(created, seen - created)
