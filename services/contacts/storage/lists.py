"""Contact lists and their members. Triggers update the member counts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict
from servicekit.ids import first_id_at, new_id
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.stored_filters import from_json, to_json
from services.contacts.storage.rows import ContactList
from services.contacts.storage.tables import contact_list_members as members
from services.contacts.storage.tables import contact_lists as lists
from services.contacts.storage.tables import contacts

_COLUMNS = (
    lists.c.id,
    lists.c.name,
    lists.c.member_count,
    lists.c.created_at,
    lists.c.version,
    lists.c.column_versions,
    lists.c.filter,
)

# Starts from the contacts that have opted out, which are few. Null if they are too many to count.
_OPTED_OUT = text("""
WITH opted_out AS (
  SELECT id FROM contacts
  WHERE org_id = :org_id AND deleted_at IS NULL AND opted_out_at IS NOT NULL LIMIT :most + 1
)
SELECT list_id, count(member.contact_id) AS number
FROM unnest(CAST(:list_ids AS uuid[])) AS list_id
LEFT JOIN (
  SELECT list_id, contact_id FROM contact_list_members
  WHERE org_id = :org_id AND contact_id = ANY(ARRAY(SELECT id FROM opted_out))
) AS member USING (list_id)
WHERE (SELECT count(*) FROM opted_out) <= :most
GROUP BY list_id
""")
_MOST_OPTED_OUT = 50_000

# Ids begin with the time at which they were made, and a member's key ends with the contact's id.
_NEW = text("""
SELECT list_id, (
  SELECT count(*) FROM (
    SELECT FROM contact_list_members AS member
    WHERE member.list_id = wanted.list_id AND member.org_id = :org_id
      AND member.contact_id >= :first_id
    LIMIT :most
  ) AS newer
) AS number
FROM unnest(CAST(:list_ids AS uuid[])) AS wanted (list_id)
""")
MOST_NEW = 10_000
"""Maximum to which the new contacts of a list are counted."""

_ADD_MEMBERS = text("""
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT :list_id, contact_id, :org_id FROM unnest(CAST(:contact_ids AS uuid[])) AS contact_id
ORDER BY contact_id
ON CONFLICT DO NOTHING
""")


async def add(
    connection: AsyncConnection, org_id: UUID, name: str, filters: ContactFilter | None = None
) -> ContactList:
    """Create a list, or a segment with a filter. Raises ``Conflict`` if the name is taken."""
    values = {"id": new_id(), "org_id": org_id, "name": name, **_stored(filters)}
    statement = insert(lists).values(values).returning(*_COLUMNS)
    with _taken_name_refused():
        return _list((await connection.execute(statement)).one())


async def change(
    connection: AsyncConnection,
    org_id: UUID,
    list_id: UUID,
    name: str | None,
    filters: ContactFilter | None,
) -> int | None:
    """Change the name and filter of a list, where given. Raises ``Conflict`` for a taken name.

    Returns the new version, or None if nothing is given.
    """
    values = {**({"name": name} if name else {}), **_stored(filters)}
    if not values:
        return None
    statement = update(lists).where(_one(org_id, list_id)).values(values)
    with _taken_name_refused():
        version: int | None = await connection.scalar(statement.returning(lists.c.version))
        return version


async def set_member_count(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, count: int
) -> None:
    """Store how many contacts match a segment's filter."""
    statement = update(lists).where(_one(org_id, list_id), lists.c.member_count != count)
    await connection.execute(statement.values(member_count=count))


async def opted_out_counts(
    connection: AsyncConnection, org_id: UUID, list_ids: Sequence[UUID]
) -> Mapping[UUID, int]:
    """Count the opted-out members of each list.

    Returns an empty mapping if too many contacts have opted out to count them.
    """
    values = {"org_id": org_id, "list_ids": list(list_ids), "most": _MOST_OPTED_OUT}
    rows = await connection.execute(_OPTED_OUT, values)
    return {row.list_id: row.number for row in rows}


async def new_counts(
    connection: AsyncConnection, org_id: UUID, list_ids: Sequence[UUID], since: datetime
) -> Mapping[UUID, int]:
    """Count the members of each list that were added as contacts after ``since``.

    Each count ends at ``MOST_NEW``.
    """
    values = {
        "org_id": org_id,
        "list_ids": list(list_ids),
        "first_id": first_id_at(since),
        "most": MOST_NEW,
    }
    rows = await connection.execute(_NEW, values)
    return {row.list_id: row.number for row in rows}


async def remove(connection: AsyncConnection, org_id: UUID, list_id: UUID) -> bool:
    """Delete a list and its memberships. Returns False if it doesn't exist."""
    result = await connection.execute(delete(lists).where(_one(org_id, list_id)))
    return result.rowcount == 1


async def find(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, lock: bool = False
) -> ContactList | None:
    """Load a list. Returns None if it doesn't exist.

    If ``lock`` is set, nobody can change it until the transaction ends; members can be added.
    """
    query = select(*_COLUMNS).where(_one(org_id, list_id))
    if lock:
        query = query.with_for_update(key_share=True)
    row = (await connection.execute(query)).first()
    return _list(row) if row else None


async def with_ids(
    connection: AsyncConnection, org_id: UUID, list_ids: Sequence[UUID]
) -> Sequence[ContactList]:
    """Load the lists with these ids. Ids that the organisation doesn't own are left out."""
    query = select(*_COLUMNS).where(lists.c.org_id == org_id, lists.c.id == func.any(list_ids))
    return [_list(row) for row in await connection.execute(query)]


async def is_missing(connection: AsyncConnection, org_id: UUID, list_id: UUID | None) -> bool:
    """Return whether ``list_id`` is given and the organisation has no list with this id."""
    return list_id is not None and await find(connection, org_id, list_id) is None


async def lock_existing(connection: AsyncConnection, org_id: UUID, list_id: UUID) -> bool:
    """Lock a list against deletion until this transaction ends. Returns False if it is missing."""
    query = (
        select(lists.c.id).where(_one(org_id, list_id)).with_for_update(read=True, key_share=True)
    )
    return await connection.scalar(query) is not None


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[ContactList]:
    """Return up to ``limit`` lists of the organisation older than ``before``, newest first."""
    query = select(*_COLUMNS).where(lists.c.org_id == org_id).order_by(lists.c.id.desc())
    if before:
        query = query.where(lists.c.id < before)
    return [_list(row) for row in await connection.execute(query.limit(limit))]


async def add_members(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]
) -> int:
    """Add contacts, locked by this transaction, to a list. Returns how many were added."""
    result = await connection.execute(
        _ADD_MEMBERS, {"org_id": org_id, "list_id": list_id, "contact_ids": list(contact_ids)}
    )
    return result.rowcount


async def remove_members(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, contact_ids: Sequence[UUID]
) -> int:
    """Remove contacts from a list. Returns how many were removed."""
    result = await connection.execute(
        delete(members).where(
            members.c.list_id == list_id,
            members.c.org_id == org_id,
            members.c.contact_id == func.any(contact_ids),
        )
    )
    return result.rowcount


async def unknown_contacts(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[UUID]:
    """Return those ``contact_ids`` that have never been contacts of the organisation."""
    own = select(contacts.c.id).where(
        contacts.c.id == func.any(contact_ids), contacts.c.org_id == org_id
    )
    known = set((await connection.execute(own)).scalars())
    return [contact_id for contact_id in contact_ids if contact_id not in known]


async def not_found(database: Database, org_id: UUID, list_id: UUID | None) -> Exception:
    """Return the error to raise for a list that the organisation doesn't own."""
    elsewhere = and_(lists.c.id == list_id, lists.c.org_id != org_id)
    return await database.not_found(lists, elsewhere, "contact list")


@contextmanager
def _taken_name_refused() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if violated(error) != "uq_contact_lists_org_id_name":
            raise
        raise Conflict("Another list has this name. Choose another one.", "name_taken") from None


def _list(row: Any) -> ContactList:
    filters = None if row.filter is None else from_json(row.filter)
    plain = (row.id, row.name, row.member_count, row.created_at)
    return ContactList(*plain, row.version, row.column_versions, filters)


def _stored(filters: ContactFilter | None) -> dict[str, Any]:
    return {} if filters is None else {"filter": to_json(filters)}


def _one(org_id: UUID, list_id: UUID) -> ColumnElement[bool]:
    return and_(lists.c.id == list_id, lists.c.org_id == org_id)
