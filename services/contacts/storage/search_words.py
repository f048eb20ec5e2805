"""Contacts whose search words were written by an earlier version."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LATEST = 3

# The words of names in ASCII are the same in all versions.
_PAGE = text("""
SELECT contact.id, contact.org_id
FROM contacts AS contact JOIN contact_search AS found ON found.contact_id = contact.id
WHERE contact.id > :after AND contact.deleted_at IS NULL AND found.words_version < :latest
  AND octet_length(concat(first_name, last_name, email))
    <> length(concat(first_name, last_name, email))
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'renew-search-words' AND item = contact.id::text
  )
ORDER BY contact.id LIMIT :limit
""")

# The trigger writes the words of every row that is updated.
_RENEW = text("UPDATE contacts SET phone = phone WHERE id = :id AND org_id = :org_id")


@dataclass(frozen=True, slots=True)
class OldWords:
    """A contact whose search words an earlier version of the code computed."""

    contact_id: UUID
    org_id: UUID


async def page(connection: AsyncConnection, after: UUID, limit: int) -> Sequence[OldWords]:
    """Return contacts of all organisations whose search words follow old rules.

    At most ``limit``, by id, with ids greater than ``after``.
    """
    values = {"after": after, "latest": _LATEST, "limit": limit}
    rows = await connection.execute(_PAGE, values)
    return [OldWords(row.id, row.org_id) for row in rows]


async def renew(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> None:
    """Compute and store the search words of a contact again."""
    await connection.execute(_RENEW, {"id": contact_id, "org_id": org_id})
