"""Import contacts in bulk: stage a chunk with COPY, then merge it in a few statements."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.driver import driver_of
from services.contacts.domain.import_rows import StagedContact
from services.contacts.storage.customer_events import tell_opt_status

# A temporary table of the session. A commit empties it, and the next import uses it again. A pooler
# may keep a session for the next release, so a table with other columns needs another name.
_STAGE = text("""
CREATE TEMPORARY TABLE IF NOT EXISTS staged_contacts (
  phone text NOT NULL, first_name text, last_name text, email text, tags text,
  time_zone text, opted_out_at timestamptz, opt_out_only boolean
) ON COMMIT DELETE ROWS
""")

_COPY = """
COPY staged_contacts
  (phone, first_name, last_name, email, tags, time_zone, opted_out_at, opt_out_only)
FROM STDIN (FORMAT csv)
"""

# Sorted by phone, like every statement that locks several contacts, to avoid deadlocks. Rows
# without new values leave their contact unchanged. An opt-out-only row creates a deleted contact if
# there is none, because the opt-out belongs to the number. Of several rows with one number, the
# complete one is merged.
_MERGE = text("""
WITH merged AS (
  INSERT INTO contacts AS contact
    (id, org_id, phone, first_name, last_name, email, time_zone, deleted_at)
  SELECT DISTINCT ON (phone) uuidv7(), :org_id, phone, first_name, last_name, email, time_zone,
    CASE WHEN opt_out_only THEN now() END
  FROM staged_contacts ORDER BY phone, opt_out_only
  ON CONFLICT ON CONSTRAINT uq_contacts_org_id_phone DO UPDATE SET
    first_name = coalesce(excluded.first_name, contact.first_name),
    last_name = coalesce(excluded.last_name, contact.last_name),
    email = coalesce(excluded.email, contact.email),
    time_zone = coalesce(excluded.time_zone, contact.time_zone),
    updated_at = now(),
    deleted_at = NULL
  WHERE excluded.deleted_at IS NULL AND (
    contact.deleted_at IS NOT NULL
    OR excluded.first_name <> coalesce(contact.first_name, '')
    OR excluded.last_name <> coalesce(contact.last_name, '')
    OR excluded.email <> coalesce(contact.email, '')
    OR excluded.time_zone <> coalesce(contact.time_zone, '')
  )
  RETURNING new.deleted_at IS NULL AND (old.id IS NULL OR old.deleted_at IS NOT NULL) AS created
)
SELECT count(*) FROM merged WHERE created
""")

_CREATE_TAGS = text("""
INSERT INTO tags (id, org_id, name)
SELECT DISTINCT ON (lower(name)) uuidv7(), :org_id, name
FROM staged_contacts, unnest(string_to_array(tags, chr(31))) AS name
ORDER BY lower(name), name
ON CONFLICT (org_id, lower(name)) DO NOTHING
""")

# A contact that existed before gets a new version (see the trigger of contacts).
_TAG = text("""
WITH given AS (
  INSERT INTO contact_tags (tag_id, contact_id, org_id)
  SELECT DISTINCT tags.id, contacts.id, :org_id
  FROM staged_contacts
  CROSS JOIN unnest(string_to_array(staged_contacts.tags, chr(31))) AS wanted
  JOIN tags ON tags.org_id = :org_id AND lower(tags.name) = lower(wanted)
  JOIN contacts ON contacts.org_id = :org_id AND contacts.phone = staged_contacts.phone
  ON CONFLICT DO NOTHING
  RETURNING contact_id
)
UPDATE contacts SET tags_version = tags_version + 1, updated_at = now()
WHERE id IN (SELECT contact_id FROM given) AND org_id = :org_id AND created_at < now()
""")

_ADD_TO_LIST = text("""
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT :list_id, contacts.id, :org_id
FROM staged_contacts
JOIN contacts ON contacts.org_id = :org_id AND contacts.phone = staged_contacts.phone
WHERE NOT staged_contacts.opt_out_only
ORDER BY contacts.id
ON CONFLICT DO NOTHING
""")

# Opts contacts out and never in. An opt-out in the file is ignored if a START of the contact is
# later. The contacts are already locked by the statement above.
_OPT_OUT = text("""
WITH given AS (
  SELECT phone, max(opted_out_at) AS said_at FROM staged_contacts
  WHERE opted_out_at IS NOT NULL GROUP BY phone
), changed AS (
  INSERT INTO contact_opt_status AS known
    (contact_id, org_id, status, updated_at, held_at, source)
  SELECT contacts.id, :org_id, 'opted_out', 'epoch', given.said_at, 'import'
  FROM given JOIN contacts ON contacts.org_id = :org_id AND contacts.phone = given.phone
  ON CONFLICT (contact_id) DO UPDATE SET
    status = 'opted_out',
    held_at = greatest(known.held_at, excluded.held_at),
    source = CASE WHEN known.status = 'opted_out' THEN known.source ELSE 'import' END
    WHERE known.status = 'opted_out' OR known.updated_at <= excluded.held_at
  RETURNING contact_id, held_at AS said_at
), opted_out AS (
  UPDATE contacts
  SET opted_out_at = coalesce(contacts.opted_out_at, changed.said_at), updated_at = now()
  FROM changed WHERE contacts.id = changed.contact_id AND contacts.org_id = :org_id
  RETURNING contacts.id, old.opted_out_at IS NULL AS fresh
)
SELECT id FROM opted_out WHERE fresh
""")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Contacts of an import, as CSV for Postgres's COPY.

    Attributes:
        csv: the rows, opt-out-only ones included.
        size: how many rows are contacts, without opt-out-only ones.
        tagged: whether any row has a tag.
        opts_out: whether any row has an opt-out.
    """

    csv: str
    size: int
    tagged: bool
    opts_out: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """How many contacts one chunk created, and how many it opted out."""

    created: int
    opted_out: int


def as_chunk(contacts: Sequence[StagedContact]) -> Chunk:
    """Write ``contacts`` as CSV for Postgres's COPY. Can run in a thread."""
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows(contacts)
    return Chunk(
        written.getvalue(),
        sum(1 for contact in contacts if not contact.opt_out_only),
        any(contact.tags for contact in contacts),
        any(contact.opted_out_at for contact in contacts),
    )


async def merge(
    connection: AsyncConnection, org_id: UUID, chunk: Chunk, list_id: UUID | None
) -> Merged:
    """Create, restore or update the contacts of ``chunk``, and apply its opt-outs.

    Given values replace stored values, and stored values stay if no value is given. Tags are added,
    and the contacts are added to the list. An opt-out is never removed.
    """
    await connection.execute(_STAGE)
    async with (
        (await driver_of(connection)).cursor() as cursor,
        cursor.copy(_COPY) as copy,
    ):
        await copy.write(chunk.csv)
    created: int | None = await connection.scalar(_MERGE, {"org_id": org_id})
    if chunk.tagged:
        await connection.execute(_CREATE_TAGS, {"org_id": org_id})
        await connection.execute(_TAG, {"org_id": org_id})
    if list_id:
        await connection.execute(_ADD_TO_LIST, {"org_id": org_id, "list_id": list_id})
    opted_out: Sequence[UUID] = ()
    if chunk.opts_out:
        opted_out = (await connection.execute(_OPT_OUT, {"org_id": org_id})).scalars().all()
        await tell_opt_status(connection, org_id, True, opted_out)
    return Merged(created or 0, len(opted_out))
