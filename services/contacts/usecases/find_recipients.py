"""Find recipients by list or by id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess
from services.contacts.storage import contacts, lists, recipients, search
from services.contacts.storage.rows import ContactList, Recipient


class FindRecipients:
    """Loads contacts for messaging and campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_list(
        self, org_id: UUID, list_id: UUID, after: UUID | None, limit: int
    ) -> Sequence[Recipient]:
        """Return up to ``limit`` members of a list or segment, sorted by id, that follow ``after``.

        Raises ``NotFound`` or ``CrossOrgAccess`` for the list.
        """
        async with self._database.org(org_id) as connection:
            rows = await recipients.on_list(connection, org_id, list_id, after, limit)
            if rows:
                return rows
            found = await lists.find(connection, org_id, list_id)
            if found is not None:
                return await _of_segment(connection, org_id, found, after, limit)
        raise await lists.not_found(self._database, org_id, list_id)

    async def with_ids(self, org_id: UUID, contact_ids: Sequence[UUID]) -> Sequence[Recipient]:
        """Load the contacts with these ids. Deleted and unknown ones are left out.

        Raises ``CrossOrgAccess`` for contacts of another organisation.
        """
        async with self._database.org(org_id) as connection:
            rows = await recipients.with_ids(connection, org_id, contact_ids)
        missing = set(contact_ids) - {row.contact_id for row in rows}
        if missing:
            error = await contacts.not_found(self._database, org_id, list(missing))
            if isinstance(error, CrossOrgAccess):
                raise error
        return rows


async def _of_segment(
    connection: AsyncConnection,
    org_id: UUID,
    found: ContactList,
    after: UUID | None,
    limit: int,
) -> Sequence[Recipient]:
    """Return contacts that match a segment's filter. Empty if the list is not a segment."""
    if found.filters is None:
        return []
    start = after or UUID(int=0)
    contact_ids = await search.oldest(connection, org_id, found.filters, limit, start)
    rows = await recipients.with_ids(connection, org_id, contact_ids)
    return sorted(rows, key=lambda row: row.contact_id.bytes)
