"""Contacts whose phone number is not stored in its canonical form."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.storage import contacts

# The condition is exactly that of ix_contacts_other_notation, so that the index is used. A deleted
# contact is included while its number has an opt status.
_PAGE = text(r"""
SELECT id, org_id, phone FROM contacts
WHERE phone ~ '^\+(521|54[1-8]|55[1-9][1-9][689][0-9]{7}$|229[2-9][0-9]{7}$|225[0-9]{8}$)'
  AND (deleted_at IS NULL OR opted_out_at IS NOT NULL OR EXISTS (
    SELECT FROM contact_opt_status AS known WHERE known.contact_id = contacts.id
  ))
  AND (org_id, phone) > (CAST(:org_id AS uuid), :phone)
ORDER BY org_id, phone LIMIT :limit
""")

# Sorted by phone, like every statement that locks several contacts, to avoid deadlocks.
_LOCK = text("""
SELECT id, phone FROM contacts
WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[])) ORDER BY phone FOR UPDATE
""")

_RENAME = text("""
UPDATE contacts SET phone = :one, updated_at = now() WHERE id = :other_id AND org_id = :org_id
""")

# An opt-out of either contact counts for both, even if the other one has a later keyword.
_MERGE = (
    text("""
INSERT INTO contact_opt_status AS kept
  (contact_id, org_id, status, updated_at, held_at, source)
SELECT :one_id, org_id, status, updated_at, held_at, source FROM contact_opt_status
WHERE contact_id = :other_id AND org_id = :org_id
ON CONFLICT (contact_id) DO UPDATE SET
  status = CASE WHEN 'opted_out' IN (kept.status, excluded.status) THEN 'opted_out'
    ELSE excluded.status END,
  updated_at = greatest(kept.updated_at, excluded.updated_at),
  held_at = greatest(kept.held_at, excluded.held_at),
  source = CASE WHEN kept.status = 'opted_out' THEN kept.source ELSE excluded.source END
"""),
    text("""
DELETE FROM contact_opt_status WHERE contact_id = :other_id AND org_id = :org_id
"""),
    text("""
UPDATE contacts AS one SET
  first_name = coalesce(one.first_name, other.first_name),
  last_name = coalesce(one.last_name, other.last_name),
  email = coalesce(one.email, other.email),
  time_zone = coalesce(one.time_zone, other.time_zone),
  opted_out_at = least(one.opted_out_at, other.opted_out_at),
  deleted_at = CASE WHEN other.deleted_at IS NULL THEN NULL ELSE one.deleted_at END,
  updated_at = now()
FROM contacts AS other
WHERE one.id = :one_id AND one.org_id = :org_id
  AND other.id = :other_id AND other.org_id = :org_id
"""),
    text("""
INSERT INTO contact_tags (tag_id, contact_id, org_id)
SELECT tag_id, :one_id, org_id FROM contact_tags
WHERE contact_id = :other_id AND org_id = :org_id ORDER BY tag_id
ON CONFLICT DO NOTHING
"""),
    text("""
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT list_id, :one_id, org_id FROM contact_list_members
WHERE contact_id = :other_id AND org_id = :org_id ORDER BY list_id
ON CONFLICT DO NOTHING
"""),
    text("""
UPDATE contacts SET opted_out_at = NULL WHERE id = :other_id AND org_id = :org_id
"""),
)


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """A contact whose phone number may not be in its canonical form."""

    id: UUID
    org_id: UUID
    phone: str


FIRST = StoredNumber(UUID(int=0), UUID(int=0), "")
"""A position before all contacts, with which the first page is read."""


async def page(
    connection: AsyncConnection, after: StoredNumber, limit: int
) -> Sequence[StoredNumber]:
    """Return up to ``limit`` contacts that follow ``after``, by organisation and phone number."""
    given = {"org_id": after.org_id, "phone": after.phone, "limit": limit}
    return [StoredNumber(*row) for row in await connection.execute(_PAGE, given)]


async def unify(connection: AsyncConnection, other: StoredNumber, canonical_phone: str) -> None:
    """Change the phone number of the contact ``other`` to its canonical form.

    If a contact with the canonical form exists, it gets the lists and tags of ``other``, the values
    that it lacks, and the opt-out of either contact. Then ``other`` is deleted.
    """
    locked = await connection.execute(
        _LOCK, {"org_id": other.org_id, "phones": [canonical_phone, other.phone]}
    )
    by_phone = {row.phone: row.id for row in locked}
    if by_phone.get(other.phone) != other.id:  # the contact got another number in the meantime
        return
    one_id = by_phone.get(canonical_phone)
    given = {"org_id": other.org_id, "other_id": other.id}
    if one_id is None:
        await connection.execute(_RENAME, {**given, "one": canonical_phone})
        return
    for statement in _MERGE:
        await connection.execute(statement, {**given, "one_id": one_id})
    await contacts.remove_all(connection, other.org_id, [other.id])
