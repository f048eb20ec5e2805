"""Find the contacts of a person, and erase them down to the opt-outs of their phone numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from servicekit.removals import Person
from services.contacts.storage import contacts

# A merged contact was the same person. One that was restored after the merge stands for itself.
_FIND = text("""
WITH RECURSIVE person AS (
  SELECT id, phone, CASE WHEN deleted_at IS NOT NULL THEN merged_into END AS kept_id
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:numbers AS text[]))
  UNION
  SELECT other.id, other.phone, CASE WHEN other.deleted_at IS NOT NULL THEN other.merged_into END
  FROM person JOIN contacts AS other
    ON other.id = person.kept_id
      OR (other.merged_into = person.id AND other.deleted_at IS NOT NULL)
  WHERE other.org_id = :org_id
)
SELECT id, phone FROM person ORDER BY phone
""")

# Those that the erasure began with, and those that were added meanwhile. What an earlier erasure
# has left of a number has no name. Sorted by phone, like every statement that locks contacts.
_LOCK = text("""
SELECT id, phone, opted_out_at FROM contacts
WHERE org_id = :org_id AND (
  id = ANY(CAST(:ids AS uuid[]))
  OR phone = ANY(CAST(:numbers AS text[])) AND (
    deleted_at IS NULL OR num_nonnulls(first_name, last_name, email, time_zone, merged_into) > 0
  )
)
ORDER BY phone FOR UPDATE
""")

_DELETE = (
    text("DELETE FROM contact_opt_history WHERE org_id = :org_id AND contact_id = :former_id"),
    text("DELETE FROM contact_search WHERE org_id = :org_id AND contact_id = :former_id"),
    text("DELETE FROM contacts WHERE org_id = :org_id AND id = :former_id"),
)

# Numbers are unique, so the erased contact gives its number away first.
_PARK = text(
    "UPDATE contacts SET phone = 'erased ' || id WHERE id = :former_id AND org_id = :org_id"
)

# The opt-out belongs to the number, in a deleted contact with another id and no name. So nobody can
# tell by the id which messages the number has got.
_LEAVE = text("""
INSERT INTO contacts (id, org_id, phone, opted_out_at, deleted_at)
VALUES (:id, :org_id, :phone, :opted_out_at, now())
""")
_KEEP_OPT_STATUS = text("""
UPDATE contact_opt_status SET contact_id = :id
WHERE org_id = :org_id AND contact_id = :former_id
""")

# Files write a number in many ways, so the last digits are compared, without what is between them.
_EMPTY_IMPORT_ERRORS = text("""
UPDATE import_job_errors SET cells = NULL, value = ''
WHERE job_id IN (SELECT id FROM import_jobs WHERE org_id = :org_id) AND org_id = :org_id
  AND regexp_replace(coalesce(cells::text, '') || value, '[^0-9]', '', 'g')
    LIKE ANY(CAST(:patterns AS text[]))
""")

_RUNNING_IMPORT = text("""
SELECT EXISTS (
  SELECT FROM import_jobs WHERE org_id = :org_id AND status IN ('pending', 'running')
)
""")

_DIGITS_COMPARED = 9


@dataclass(frozen=True, slots=True)
class KnownAs:
    """The contact ids and phone numbers of a person."""

    contact_ids: Sequence[UUID]
    phones: Sequence[str]


async def find(connection: AsyncConnection, org_id: UUID, person: Person) -> KnownAs:
    """Return the contacts of a person, with those that were merged into each other."""
    rows = await connection.execute(_FIND, {"org_id": org_id, "numbers": [*person.numbers]})
    found = rows.all()
    return KnownAs([row.id for row in found], [row.phone for row in found])


async def imports_run(connection: AsyncConnection, org_id: UUID) -> bool:
    """Return whether an import of the organisation may still add contacts."""
    return bool(await connection.scalar(_RUNNING_IMPORT, {"org_id": org_id}))


async def erase(connection: AsyncConnection, org_id: UUID, person: Person) -> Mapping[str, int]:
    """Erase a person's contacts. Only the numbers stay, with their opt-outs. Returns the counts."""
    values = {"org_id": org_id, "ids": [*person.contact_ids], "numbers": [*person.numbers]}
    rows = (await connection.execute(_LOCK, values)).all()
    ids = [row.id for row in rows]
    if ids:
        await contacts.remove_all(connection, org_id, ids)
        for row in rows:
            left = {"id": new_id(), "phone": row.phone, "opted_out_at": row.opted_out_at}
            await _replace(connection, {"org_id": org_id, "former_id": row.id, **left})
        note(connection, *(Hint(org_id, Topic.CONTACT, each) for each in ids))
    return {"contacts": len(ids), "import_errors": await _empty_errors(connection, org_id, person)}


async def _replace(connection: AsyncConnection, values: Mapping[str, object]) -> None:
    """Replace a contact by one that has only its number and its opt-out."""
    for statement in (_PARK, _LEAVE, _KEEP_OPT_STATUS, *_DELETE):
        await connection.execute(statement, values)


async def _empty_errors(connection: AsyncConnection, org_id: UUID, person: Person) -> int:
    """Empty the rows of files that could not be imported and may be about the person."""
    patterns = [f"%{number[-_DIGITS_COMPARED:]}%" for number in person.numbers]
    values = {"org_id": org_id, "patterns": patterns}
    return (await connection.execute(_EMPTY_IMPORT_ERRORS, values)).rowcount
