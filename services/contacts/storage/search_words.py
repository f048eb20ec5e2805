"""Contacts whose search words are of an earlier version than those that are written today."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LATEST = 2

# Of names in ASCII the words have not changed.
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
    """A contact whose search words are of an earlier version."""

    contact_id: UUID
    org_id: UUID


async def page(connection: AsyncConnection, after: UUID, limit: int) -> Sequence[OldWords]:
    """Return up to ``limit`` such contacts of any organisation, by id, from the one ``after``."""
    values = {"after": after, "latest": _LATEST, "limit": limit}
    rows = await connection.execute(_PAGE, values)
    return [OldWords(row.id, row.org_id) for row in rows]


async def renew(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> None:
    """Write the words of a contact anew."""
    await connection.execute(_RENEW, {"id": contact_id, "org_id": org_id})
