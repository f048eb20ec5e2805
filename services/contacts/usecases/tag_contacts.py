"""Give tags to many contacts and take tags from them: all of the contacts named, or nothing."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.contacts.storage import contacts, tags


async def tag_contacts(
    database: Database,
    org_id: UUID,
    contact_ids: Sequence[UUID],
    add: Sequence[str],
    remove: Sequence[str],
) -> tuple[int, int]:
    """Give the tags ``add`` and take the tags ``remove``; how many were given and taken.

    Raises ``NotFound`` or ``CrossOrgAccess`` for any of the contacts.
    """
    wanted = set(contact_ids)
    async with database.org(org_id) as connection:
        present = await contacts.lock_existing(connection, org_id, list(wanted))
        if present == wanted:
            return await tags.change(connection, org_id, list(wanted), add, remove)
    raise await contacts.why_absent(database, org_id, list(wanted - present))
