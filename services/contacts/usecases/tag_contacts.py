"""Add and remove tags of many contacts. If one contact is missing, no contact is changed."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.contacts.domain.contacts import TagChange
from services.contacts.storage import contacts, tags
from services.contacts.storage.rows import TagCounts


class TagContacts:
    """Changes the tags of up to thousands of contacts in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tag(self, org_id: UUID, contact_ids: Sequence[UUID], change: TagChange) -> TagCounts:
        """Add and remove the tags in ``change``, and return how many tags were added and removed.

        Raises ``NotFound`` or ``CrossOrgAccess`` if the organisation lacks any of the contacts.
        """
        wanted = set(contact_ids)
        async with self._database.org(org_id) as connection:
            present = await contacts.lock_existing(
                connection, org_id, list(wanted), for_change=True
            )
            if present == wanted:
                return await tags.change(connection, org_id, list(wanted), change)
        raise await contacts.not_found(self._database, org_id, list(wanted - present))
