"""Create, rename and delete contact lists."""

from uuid import UUID

from servicekit.db.database import Database
from services.contacts.storage import lists
from services.contacts.storage.rows import ContactList


class EditLists:
    """Changes lists. Their names are unique in the organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, org_id: UUID, name: str) -> ContactList:
        """Create an empty list. Raises ``Conflict`` if the name is taken."""
        async with self._database.org(org_id) as connection:
            return await lists.add(connection, org_id, name)

    async def rename(self, org_id: UUID, list_id: UUID, name: str) -> ContactList:
        """Rename a list. Raises ``Conflict``, ``NotFound`` or ``CrossOrgAccess``."""
        async with self._database.org(org_id) as connection:
            renamed = await lists.rename(connection, org_id, list_id, name)
        if renamed is None:
            raise await lists.not_found(self._database, org_id, list_id)
        return renamed

    async def delete(self, org_id: UUID, list_id: UUID) -> None:
        """Delete a list. Its contacts stay. Raises ``NotFound`` or ``CrossOrgAccess``."""
        async with self._database.org(org_id) as connection:
            removed = await lists.remove(connection, org_id, list_id)
        if not removed:
            raise await lists.not_found(self._database, org_id, list_id)
