"""Find recipients by list or by id."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess
from services.contacts.storage import contacts, lists, recipients
from services.contacts.storage.rows import Recipient


class FindRecipients:
    """Loads contacts for messaging and campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_list(
        self, org_id: UUID, list_id: UUID, after: UUID | None, limit: int
    ) -> Sequence[Recipient]:
        """Load ``limit`` members of a list after the contact ``after``, sorted by id.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list.
        """
        async with self._database.org(org_id) as connection:
            rows = await recipients.on_list(connection, org_id, list_id, after, limit)
            if rows or await lists.find(connection, org_id, list_id):
                return rows
        raise await lists.not_found(self._database, org_id, list_id)

    async def with_ids(self, org_id: UUID, contact_ids: Sequence[UUID]) -> Sequence[Recipient]:
        """Load contacts by id. Deleted and unknown ones are left out. Raises ``CrossOrgAccess``."""
        async with self._database.org(org_id) as connection:
            rows = await recipients.with_ids(connection, org_id, contact_ids)
        missing = set(contact_ids) - {row.contact_id for row in rows}
        if missing:
            error = await contacts.not_found(self._database, org_id, list(missing))
            if isinstance(error, CrossOrgAccess):
                raise error
        return rows
