"""Recipients: contacts with the fields that sending needs, thousands per call."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import forms_of
from services.contacts.domain.contacts import Name
from services.contacts.storage.rows import Recipient
from services.contacts.storage.tables import AnySelect, contacts
from services.contacts.storage.tables import contact_list_members as members

_NAMELESS = Name()

# Sorted by phone, like every statement that locks several contacts, to avoid deadlocks.
_CREATE_OR_RESTORE = text("""
INSERT INTO contacts AS contact (id, org_id, phone, first_name, last_name)
SELECT uuidv7(), :org_id, phone, first_name, last_name
FROM unnest(
  CAST(:phones AS text[]), CAST(:first_names AS text[]), CAST(:last_names AS text[])
) AS wanted (phone, first_name, last_name) ORDER BY phone
ON CONFLICT ON CONSTRAINT uq_contacts_org_id_phone DO UPDATE
  SET deleted_at = NULL, updated_at = now() WHERE contact.deleted_at IS NOT NULL
""")

# A contact can be merged into one that is merged further. One that was restored stands for itself.
_MERGED = text("""
WITH RECURSIVE merged AS (
  SELECT id, merged_into AS kept_id FROM contacts
  WHERE org_id = :org_id AND merged_into = ANY(CAST(:ids AS uuid[])) AND deleted_at IS NOT NULL
  UNION
  SELECT earlier.id, merged.kept_id FROM contacts AS earlier
  JOIN merged ON earlier.merged_into = merged.id
  WHERE earlier.org_id = :org_id AND earlier.deleted_at IS NOT NULL
)
SELECT kept_id, array_agg(id ORDER BY id) AS merged_ids FROM merged GROUP BY kept_id
""")


async def on_list(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, after: UUID | None, limit: int
) -> Sequence[Recipient]:
    """Return up to ``limit`` members of a list, sorted by id, that follow ``after``."""
    page = (
        select(members.c.contact_id)
        .where(members.c.list_id == list_id, members.c.org_id == org_id)
        .order_by(members.c.contact_id)
        .limit(limit)
    )
    if after:
        page = page.where(members.c.contact_id > after)
    # An array, because a join would read all contacts before the page to reach it.
    on_page = contacts.c.id == func.any(func.array(page.scalar_subquery()))
    rows = await _load(connection, _recipients(org_id).where(on_page).order_by(contacts.c.id))
    return await _with_merged(connection, org_id, rows)


async def with_ids(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[Recipient]:
    """Load the contacts with these ids, without deleted ones."""
    query = _recipients(org_id).where(
        contacts.c.id == func.any(contact_ids), contacts.c.deleted_at.is_(None)
    )
    return await _with_merged(connection, org_id, await _load(connection, query))


async def with_phones(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str]
) -> Sequence[Recipient]:
    """Load the contacts with these phone numbers, deleted ones too."""
    query = _recipients(org_id).where(contacts.c.phone == func.any(phones))
    return await _load(connection, query)


async def ensure(
    connection: AsyncConnection, org_id: UUID, phones: Collection[str], names: Mapping[str, Name]
) -> Sequence[Recipient]:
    """Load the contacts with these phone numbers.

    Missing ones are created, deleted ones are restored.

    ``names`` contains the names that new contacts get, by phone number.
    """
    wanted = list(set(phones))
    query = _recipients(org_id).where(
        contacts.c.phone == func.any(wanted), contacts.c.deleted_at.is_(None)
    )
    found = await _load(connection, query)
    if len(found) == len(wanted):
        return found
    named = [names.get(phone, _NAMELESS) for phone in wanted]
    await connection.execute(
        _CREATE_OR_RESTORE,
        {
            "org_id": org_id,
            "phones": wanted,
            "first_names": [name.first for name in named],
            "last_names": [name.last for name in named],
        },
    )
    return await _load(connection, query)


async def opted_out(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str]
) -> Sequence[str]:
    """Return those ``phones`` that have opted out.

    Opt-outs of deleted contacts count, and so do opt-outs of another form of the same phone number.
    """
    asked: dict[str, list[str]] = {}
    for phone in phones:
        for form in {phone, *forms_of(phone)}:
            asked.setdefault(form, []).append(phone)
    query = select(contacts.c.phone).where(
        contacts.c.org_id == org_id,
        contacts.c.phone == func.any(list(asked)),
        contacts.c.opted_out_at.is_not(None),
    )
    opted_out_phones = (await connection.execute(query)).scalars()
    return list({phone for found in opted_out_phones for phone in asked[found]})


async def _load(connection: AsyncConnection, query: AnySelect) -> Sequence[Recipient]:
    return [Recipient(*row) for row in await connection.execute(query)]


async def _with_merged(
    connection: AsyncConnection, org_id: UUID, rows: Sequence[Recipient]
) -> Sequence[Recipient]:
    """Return ``rows``, each with the ids of the contacts that were merged into it."""
    parameters = {"org_id": org_id, "ids": [row.contact_id for row in rows]}
    rows_of_merged = await connection.execute(_MERGED, parameters)
    merged = {row.kept_id: row.merged_ids for row in rows_of_merged}
    return [replace(row, merged_contact_ids=merged.get(row.contact_id, ())) for row in rows]


def _recipients(org_id: UUID) -> AnySelect:
    """Return the query for contacts, with the columns of ``Recipient`` in order."""
    return select(
        contacts.c.id.label("contact_id"),
        contacts.c.phone,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.email,
        contacts.c.opted_out_at.is_not(None).label("opted_out"),
        contacts.c.time_zone,
    ).where(contacts.c.org_id == org_id)
