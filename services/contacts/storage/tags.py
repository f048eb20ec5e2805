"""Tags and the contacts that have them. Triggers update the counts."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    case,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.contacts import TagChange
from services.contacts.storage.rows import Tag, TagCounts
from services.contacts.storage.tables import contact_tags, contacts, tags

# What domain/import_tags.py reads as more than one tag, or as a group of an address book.
_HOLDS_SEPARATOR: ColumnElement[bool] = literal_column(
    "tags.name ~ '[,;|\"\uff1b\uff0c\u3001\u060c\t]|:::|^[[{*]'"
)
_IN_QUOTES: ColumnElement[str] = literal_column("""'"' || replace(tags.name, '"', '""') || '"'""")

# Sorted by name, so that transactions which create the same tags never deadlock.
_CREATE = text("""
INSERT INTO tags (id, org_id, name)
SELECT DISTINCT ON (lower(name)) uuidv7(), :org_id, name
FROM unnest(CAST(:names AS text[])) AS name ORDER BY lower(name), name
ON CONFLICT (org_id, lower(name)) DO NOTHING
""")

# Locks all tags that gain or lose the contact, in order, before the first of them changes. A tag
# that another transaction creates or gives later is ignored, because locking it would be out of
# order.
_LOCK = text("""
SELECT id FROM tags WHERE org_id = :org_id AND (
  lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
  OR id IN (SELECT tag_id FROM contact_tags WHERE contact_id = :contact_id AND org_id = :org_id)
) ORDER BY id FOR NO KEY UPDATE
""")

_TAKE = text("""
DELETE FROM contact_tags WHERE contact_id = :contact_id AND org_id = :org_id
AND tag_id = ANY(CAST(:locked AS uuid[])) AND tag_id NOT IN (
  SELECT id FROM tags WHERE org_id = :org_id
    AND lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
)
RETURNING contact_id
""")

_GIVE = text("""
INSERT INTO contact_tags (tag_id, contact_id, org_id)
SELECT id, :contact_id, :org_id FROM tags WHERE org_id = :org_id
  AND lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
ON CONFLICT DO NOTHING
RETURNING contact_id
""")

# A contact has a tag once, regardless of upper and lower case.
_GIVE_ALL = text("""
INSERT INTO contact_tags (tag_id, contact_id, org_id)
SELECT tags.id, contact_id, :org_id
FROM tags CROSS JOIN unnest(CAST(:contact_ids AS uuid[])) AS contact_id
WHERE org_id = :org_id
  AND lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
ORDER BY tags.id, contact_id
ON CONFLICT DO NOTHING
RETURNING contact_id
""")

_TAKE_ALL = text("""
DELETE FROM contact_tags
WHERE org_id = :org_id AND contact_id = ANY(CAST(:contact_ids AS uuid[])) AND tag_id IN (
  SELECT id FROM tags WHERE org_id = :org_id AND id = ANY(CAST(:locked AS uuid[]))
    AND lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
)
RETURNING contact_id
""")

# Gives each contact a new version (see the trigger of contacts).
_NOTE_CHANGE = text("""
UPDATE contacts SET tags_version = tags_version + 1, updated_at = now()
WHERE id = ANY(CAST(:contact_ids AS uuid[])) AND org_id = :org_id
""")

_LOCK_NAMED = text("""
SELECT id FROM tags WHERE org_id = :org_id
  AND lower(name) IN (SELECT lower(wanted) FROM unnest(CAST(:names AS text[])) AS wanted)
ORDER BY id FOR NO KEY UPDATE
""")


async def replace(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, names: Sequence[str]
) -> None:
    """Give a contact, locked by this transaction, exactly the tags ``names``."""
    wanted = {"org_id": org_id, "contact_id": contact_id, "names": list(names)}
    await connection.execute(_CREATE, wanted)
    locked = (await connection.execute(_LOCK, wanted)).scalars().all()
    taken = (await connection.execute(_TAKE, {**wanted, "locked": locked})).scalars().all()
    given = (await connection.execute(_GIVE, wanted)).scalars().all()
    await _note_change(connection, org_id, {*taken, *given})


async def change(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID], change: TagChange
) -> TagCounts:
    """Add and remove tags of contacts, locked for a change by this transaction."""
    whose = {"org_id": org_id, "contact_ids": list(contact_ids)}
    add, remove = list(change.add), list(change.remove)
    await connection.execute(_CREATE, {"org_id": org_id, "names": add})
    named = {"org_id": org_id, "names": [*add, *remove]}
    locked = (await connection.execute(_LOCK_NAMED, named)).scalars().all()
    take = {**whose, "names": remove, "locked": locked}
    taken = (await connection.execute(_TAKE_ALL, take)).scalars().all()
    given = (await connection.execute(_GIVE_ALL, {**whose, "names": add})).scalars().all()
    changed = {*taken, *given}
    await _note_change(connection, org_id, changed)
    return TagCounts(len(given), len(taken), len(changed))


async def _note_change(
    connection: AsyncConnection, org_id: UUID, contact_ids: Collection[UUID]
) -> None:
    if contact_ids:
        changed = {"org_id": org_id, "contact_ids": list(contact_ids)}
        await connection.execute(_NOTE_CHANGE, changed)


def names_of_contact(org_id: UUID) -> ColumnElement[list[str]]:
    """Return an SQL array of the tags of the outer query's contact, sorted by name."""
    return _of_contact(org_id, tags.c.name)


def written_names_of_contact(org_id: UUID) -> ColumnElement[list[str]]:
    """Return the SQL for a contact's tags as one cell of a CSV file.

    A name with a separator or a quotation mark is put in quotation marks.
    """
    return _of_contact(org_id, case((_HOLDS_SEPARATOR, _IN_QUOTES), else_=tags.c.name))


def _of_contact(org_id: UUID, shown: ColumnElement[Any]) -> ColumnElement[list[str]]:
    names = (
        select(shown)
        .join(contact_tags, contact_tags.c.tag_id == tags.c.id)
        .where(contact_tags.c.contact_id == contacts.c.id, contact_tags.c.org_id == org_id)
        .order_by(func.lower(tags.c.name))
        .correlate(contacts)
    )
    return func.array(names.scalar_subquery(), type_=ARRAY(Text))


async def in_use(connection: AsyncConnection, org_id: UUID) -> Sequence[Tag]:
    """Load the tags that at least one contact has, sorted by name."""
    query = (
        select(tags.c.name, tags.c.contact_count)
        .where(tags.c.org_id == org_id, tags.c.contact_count > 0)
        .order_by(func.lower(tags.c.name))
    )
    return [Tag(*row) for row in await connection.execute(query)]
