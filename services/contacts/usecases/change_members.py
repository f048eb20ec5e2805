"""Change the members of a list: add or remove all of the given contacts, or none."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess
from services.contacts.storage import contacts, lists
from services.contacts.support.segments import own_members_list


class ChangeMembers:
    """Adds contacts to lists and removes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]) -> int:
        """Add contacts to a list. Returns how many were added.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list or any of the contacts, and
        ``Conflict`` if the list is a segment.
        """
        wanted = set(contact_ids)
        async with self._database.org(org_id) as connection:
            await own_members_list(connection, org_id, list_id)
            present = await contacts.lock_existing(connection, org_id, list(wanted))
            found = await lists.lock_existing(connection, org_id, list_id)
            if found and present == wanted:
                return await lists.add_members(connection, org_id, list_id, list(wanted))
        if not found:
            raise await lists.not_found(self._database, org_id, list_id)
        raise await contacts.not_found(self._database, org_id, list(wanted - present))

    async def remove(self, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]) -> int:
        """Remove contacts from a list. Returns how many were removed.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list, ``CrossOrgAccess`` for any of the
        contacts, and ``Conflict`` if the list is a segment.
        """
        async with self._database.org(org_id) as connection:
            found = await own_members_list(connection, org_id, list_id)
            unknown = await lists.unknown_contacts(connection, org_id, contact_ids)
        if not found:
            raise await lists.not_found(self._database, org_id, list_id)
        await self._refuse_foreign(org_id, unknown)
        async with self._database.org(org_id) as connection:
            return await lists.remove_members(connection, org_id, list_id, contact_ids)

    async def _refuse_foreign(self, org_id: UUID, unknown: Sequence[UUID]) -> None:
        if unknown:
            error = await contacts.not_found(self._database, org_id, unknown)
            if isinstance(error, CrossOrgAccess):
                raise error
