"""Who may be texted, by the thousand ids or phone numbers a call."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import notations
from services.contacts.domain.contacts import Name
from services.contacts.storage.tables import AnySelect, contacts
from services.contacts.storage.tables import contact_list_members as members

_NAMELESS = Name()

# Inserted or else locked in the order of phones, as by every statement that locks several
# contacts: so they never deadlock.
_CREATE_OR_RESTORE = text("""
INSERT INTO contacts AS contact (id, org_id, phone, first_name, last_name)
SELECT uuidv7(), :org_id, phone, first_name, last_name
FROM unnest(
  CAST(:phones AS text[]), CAST(:first_names AS text[]), CAST(:last_names AS text[])
) AS wanted (phone, first_name, last_name) ORDER BY phone
ON CONFLICT ON CONSTRAINT uq_contacts_org_id_phone DO UPDATE
  SET deleted_at = NULL, updated_at = now() WHERE contact.deleted_at IS NOT NULL
""")


async def on_list(
    connection: AsyncConnection, org_id: UUID, list_id: UUID, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """``limit`` members of a list after the contact ``after``, in the order of ids."""
    page = (
        select(members.c.contact_id)
        .where(members.c.list_id == list_id, members.c.org_id == org_id)
        .order_by(members.c.contact_id)
        .limit(limit)
    )
    if after:
        page = page.where(members.c.contact_id > after)
    # An array and no join, which would walk through all contacts before the page to reach it.
    on_page = contacts.c.id == func.any(func.array(page.scalar_subquery()))
    query = _recipients(org_id).where(on_page).order_by(contacts.c.id)
    return (await connection.execute(query)).mappings().all()


async def with_ids(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """Contacts by id, soft-deleted ones left out."""
    query = _recipients(org_id).where(
        contacts.c.id == func.any(contact_ids), contacts.c.deleted_at.is_(None)
    )
    return (await connection.execute(query)).mappings().all()


async def with_phones(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str]
) -> Sequence[RowMapping]:
    """Contacts by number, soft-deleted ones among them."""
    query = _recipients(org_id).where(contacts.c.phone == func.any(phones))
    return (await connection.execute(query)).mappings().all()


async def ensure(
    connection: AsyncConnection, org_id: UUID, phones: Collection[str], names: Mapping[str, Name]
) -> Sequence[RowMapping]:
    """The contacts with these numbers, created or restored where there are none.

    ``names``, by number, are for those that are created.
    """
    wanted = list(set(phones))
    query = _recipients(org_id).where(
        contacts.c.phone == func.any(wanted), contacts.c.deleted_at.is_(None)
    )
    found = (await connection.execute(query)).mappings().all()
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
    return (await connection.execute(query)).mappings().all()


async def opted_out(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str]
) -> Sequence[str]:
    """Those of ``phones`` that must not be texted; the word of a deleted contact holds too.

    So does one that is stored for another notation of the line.
    """
    asked: dict[str, list[str]] = {}
    for phone in phones:
        for notation in {phone, *notations(phone)}:
            asked.setdefault(notation, []).append(phone)
    query = select(contacts.c.phone).where(
        contacts.c.org_id == org_id,
        contacts.c.phone == func.any(list(asked)),
        contacts.c.opted_out_at.is_not(None),
    )
    silent = (await connection.execute(query)).scalars()
    return list({phone for found in silent for phone in asked[found]})


def _recipients(org_id: UUID) -> AnySelect:
    return select(
        contacts.c.id.label("contact_id"),
        contacts.c.phone,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.email,
        contacts.c.opted_out_at.is_not(None).label("opted_out"),
        contacts.c.time_zone,
    ).where(contacts.c.org_id == org_id)
