"""Single contacts. Triggers update search words and counts (see the first migration)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    func,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.db.versions import Versions
from servicekit.errors import Conflict, NotFound
from servicekit.ids import new_id
from services.contacts.domain.contacts import NewContact
from services.contacts.storage.rows import Contact, LockedContact, PhoneOwner
from services.contacts.storage.tables import (
    AnySelect,
    contact_list_members,
    contact_tags,
    contacts,
)
from services.contacts.storage.tags import names_of_contact

PHONE_KEY = "uq_contacts_org_id_phone"

# An opt-out belongs to the phone number and not to the person. It stays with the number, in a
# deleted contact, which is restored when somebody adds the number again.
_LEAVE_OPT_STATUS = text("""
WITH left_behind AS (
  INSERT INTO contacts (id, org_id, phone, opted_out_at, deleted_at)
  SELECT :new_id, :org_id, :phone, :opted_out_at, now()
  FROM contact_opt_status WHERE contact_id = :contact_id AND org_id = :org_id
  RETURNING id
)
UPDATE contact_opt_status SET contact_id = left_behind.id
FROM left_behind WHERE contact_id = :contact_id AND org_id = :org_id
""")


# Sorted by phone, like every statement that locks several contacts, to avoid deadlocks.
_EXISTING = """
SELECT id FROM contacts
WHERE id = ANY(CAST(:contact_ids AS uuid[])) AND org_id = :org_id AND deleted_at IS NULL
ORDER BY phone
"""
_LOCK_EXISTING = text(f"{_EXISTING} FOR SHARE")
_LOCK_FOR_CHANGE = text(f"{_EXISTING} FOR NO KEY UPDATE")

# Maximum number of ids that an error message names.
_NAMED = 5


async def add(connection: AsyncConnection, org_id: UUID, details: NewContact) -> UUID | None:
    """Create a contact, or restore the deleted contact with the same phone number. Returns its id.

    A restored contact keeps the values that ``details`` leaves out. Returns None if a contact with
    the phone number exists.
    """
    statement = insert(contacts).values(
        id=new_id(),
        org_id=org_id,
        phone=details.phone,
        first_name=details.first_name,
        last_name=details.last_name,
        email=details.email,
        time_zone=details.time_zone,
    )
    given = statement.excluded
    added: UUID | None = await connection.scalar(
        statement.on_conflict_do_update(
            constraint=PHONE_KEY,
            set_={
                "first_name": func.coalesce(given.first_name, contacts.c.first_name),
                "last_name": func.coalesce(given.last_name, contacts.c.last_name),
                "email": func.coalesce(given.email, contacts.c.email),
                "time_zone": func.coalesce(given.time_zone, contacts.c.time_zone),
                "updated_at": func.now(),
                "deleted_at": null(),
            },
            where=contacts.c.deleted_at.is_not(None),
        ).returning(contacts.c.id)
    )
    return added


async def find(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> Contact | None:
    """Load a contact. Returns None if it doesn't exist or is deleted."""
    query = _contacts(org_id).where(contacts.c.id == contact_id, contacts.c.deleted_at.is_(None))
    row = (await connection.execute(query)).first()
    return Contact(*row) if row else None


async def find_all(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[Contact]:
    """Load the contacts with these ids, deleted ones too, newest first."""
    query = _contacts(org_id).where(contacts.c.id == func.any(contact_ids))
    rows = await connection.execute(query.order_by(contacts.c.id.desc()))
    return [Contact(*row) for row in rows]


async def lock(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> LockedContact | None:
    """Lock a contact. Returns what is needed to change it, or None if it doesn't exist."""
    query = (
        select(
            contacts.c.phone,
            contacts.c.opted_out_at,
            contacts.c.version,
            contacts.c.column_versions,
        )
        .where(_live(org_id, contact_id))
        .with_for_update(key_share=True)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return LockedContact(row.phone, row.opted_out_at, Versions(row.version, row.column_versions))


async def with_phone(connection: AsyncConnection, org_id: UUID, phone: str) -> PhoneOwner | None:
    """Return the contact with a phone number and whether it is deleted, or None."""
    query = select(contacts.c.id, contacts.c.deleted_at.is_not(None)).where(
        contacts.c.org_id == org_id, contacts.c.phone == phone
    )
    row = (await connection.execute(query)).first()
    return PhoneOwner(*row) if row else None


async def lock_existing(
    connection: AsyncConnection,
    org_id: UUID,
    contact_ids: Sequence[UUID],
    *,
    for_change: bool = False,
) -> set[UUID]:
    """Lock contacts against deletion until this transaction ends. Returns those that exist.

    With ``for_change`` they are locked against any change, because this transaction changes them.
    """
    rows = await connection.execute(
        _LOCK_FOR_CHANGE if for_change else _LOCK_EXISTING,
        {"org_id": org_id, "contact_ids": list(contact_ids)},
    )
    return set(rows.scalars())


async def change(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, columns: Mapping[str, Any]
) -> None:
    """Set ``columns`` of a contact. Raises ``Conflict`` if the phone number is taken."""
    statement = update(contacts).where(_live(org_id, contact_id))
    try:
        await connection.execute(statement.values(**columns, updated_at=func.now()))
    except IntegrityError as error:
        if violated(error) != PHONE_KEY:
            raise
        raise Conflict("Another contact has this number.", "phone_taken") from None


async def leave_opt_status(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, before: LockedContact
) -> None:
    """Keep the opt-out with the old phone number when a contact has got a new number.

    ``before`` is the contact as it was with the old phone number.
    """
    await connection.execute(
        _LEAVE_OPT_STATUS,
        {
            "new_id": new_id(),
            "org_id": org_id,
            "contact_id": contact_id,
            "phone": before.phone,
            "opted_out_at": before.opted_out_at,
        },
    )


async def remove_all(connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]) -> int:
    """Soft-delete contacts, locked by this transaction, and remove their tags and memberships.

    Returns how many were deleted.
    """
    ids = list(contact_ids)
    result = await connection.execute(
        update(contacts)
        .where(
            contacts.c.id == func.any(ids),
            contacts.c.org_id == org_id,
            contacts.c.deleted_at.is_(None),
        )
        .values(deleted_at=func.now(), updated_at=func.now())
    )
    for table in (contact_tags, contact_list_members):
        await connection.execute(
            delete(table).where(table.c.contact_id == func.any(ids), table.c.org_id == org_id)
        )
    return result.rowcount


async def phones_to_opt_out(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[str]:
    """Return the phone numbers of those contacts that have not opted out."""
    query = select(contacts.c.phone).where(
        contacts.c.id == func.any(list(contact_ids)),
        contacts.c.org_id == org_id,
        contacts.c.opted_out_at.is_(None),
    )
    return (await connection.execute(query)).scalars().all()


async def not_found(database: Database, org_id: UUID, contact_ids: Sequence[UUID]) -> Exception:
    """Return the error to raise for contact ids that the organisation doesn't own.

    It is ``CrossOrgAccess`` if a contact belongs to another organisation, else ``NotFound`` with
    the first ids. Deleted contacts count as not found.
    """
    elsewhere = and_(contacts.c.id == func.any(contact_ids), contacts.c.org_id != org_id)
    error = await database.not_found(contacts, elsewhere, "contact")
    if len(contact_ids) > 1 and isinstance(error, NotFound):
        named = ", ".join(map(str, contact_ids[:_NAMED]))
        return NotFound(f"{len(contact_ids)} contacts don't exist: {named}", error.code)
    return error


def _contacts(org_id: UUID) -> AnySelect:
    """Return the query for contacts, deleted ones too, with the columns of ``Contact`` in order."""
    return select(
        contacts.c.id,
        contacts.c.phone,
        contacts.c.first_name,
        contacts.c.last_name,
        contacts.c.email,
        contacts.c.time_zone,
        names_of_contact(org_id).label("tags"),
        case((contacts.c.opted_out_at.is_(None), "opted_in"), else_="opted_out").label(
            "opt_status"
        ),
        contacts.c.opted_out_at,
        contacts.c.created_at,
        contacts.c.updated_at,
        contacts.c.version,
    ).where(contacts.c.org_id == org_id)


def _live(org_id: UUID, contact_id: UUID) -> ColumnElement[bool]:
    return and_(
        contacts.c.id == contact_id, contacts.c.org_id == org_id, contacts.c.deleted_at.is_(None)
    )
