"""Contacts, one at a time. Search words and counts follow by triggers (see the migration)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
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
from servicekit.errors import Conflict, NotFound
from servicekit.ids import new_id
from services.contacts.domain.contacts import NewContact
from services.contacts.storage.tables import (
    AnySelect,
    contact_list_members,
    contact_tags,
    contacts,
)
from services.contacts.storage.tags import names_of_contact

PHONE_KEY = "uq_contacts_org_id_phone"

# What somebody said by STOP or START belongs to the phone number and not to the person: it stays
# with the number, in a deleted contact that whoever adds the number again will restore.
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


# By phone, as every statement that locks several contacts: so they never deadlock.
_LOCK_EXISTING = text("""
SELECT id FROM contacts
WHERE id = ANY(CAST(:contact_ids AS uuid[])) AND org_id = :org_id AND deleted_at IS NULL
ORDER BY phone FOR SHARE
""")

# How many ids an error names: it has room for some.
_NAMED = 5


async def add(connection: AsyncConnection, org_id: UUID, details: NewContact) -> UUID | None:
    """Create a contact, or restore the deleted one with its number; None where one is there.

    A restored contact keeps what is known of it and not given anew.
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


async def find(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> RowMapping | None:
    """A contact as the contract shows it; None where it is not there or deleted."""
    query = shown(org_id).where(contacts.c.id == contact_id, contacts.c.deleted_at.is_(None))
    return (await connection.execute(query)).mappings().first()


async def find_all(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """These contacts as the contract shows them, newest first."""
    query = (
        shown(org_id).where(contacts.c.id == func.any(contact_ids)).order_by(contacts.c.id.desc())
    )
    return (await connection.execute(query)).mappings().all()


async def lock(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> RowMapping | None:
    """The number and opt-out of a contact, locked; None where it is not there or deleted."""
    query = (
        select(contacts.c.phone, contacts.c.opted_out_at)
        .where(_live(org_id, contact_id))
        .with_for_update(key_share=True)
    )
    return (await connection.execute(query)).mappings().first()


async def lock_existing(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> set[UUID]:
    """Keep contacts from being deleted until this transaction ends; those that are there."""
    rows = await connection.execute(
        _LOCK_EXISTING, {"org_id": org_id, "contact_ids": list(contact_ids)}
    )
    return set(rows.scalars())


async def change(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, columns: Mapping[str, Any]
) -> None:
    """Set ``columns`` of a contact. Raises ``Conflict`` for a number that another one has."""
    statement = update(contacts).where(_live(org_id, contact_id))
    try:
        await connection.execute(statement.values(**columns, updated_at=func.now()))
    except IntegrityError as error:
        if violated(error) != PHONE_KEY:
            raise
        message = "Another contact, perhaps a deleted one, has this number."
        raise Conflict(message, "phone_taken") from None


async def leave_opt_status(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, before: RowMapping
) -> None:
    """Let what was said about the number ``before`` stay with it: the contact has another now."""
    await connection.execute(
        _LEAVE_OPT_STATUS,
        {"new_id": new_id(), "org_id": org_id, "contact_id": contact_id, **before},
    )


async def remove(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Soft-delete a contact and take it off its tags and lists; False where it is not there."""
    result = await connection.execute(
        update(contacts)
        .where(_live(org_id, contact_id))
        .values(deleted_at=func.now(), updated_at=func.now())
    )
    if result.rowcount == 0:
        return False
    for table in (contact_tags, contact_list_members):
        await connection.execute(
            delete(table).where(table.c.contact_id == contact_id, table.c.org_id == org_id)
        )
    return True


async def why_absent(database: Database, org_id: UUID, contact_ids: Sequence[UUID]) -> Exception:
    """Why the organisation does not see these contacts: the error to raise.

    Its own deleted ones count as not there. Of several that are nowhere it names the first.
    """
    elsewhere = and_(contacts.c.id == func.any(contact_ids), contacts.c.org_id != org_id)
    error = await database.not_found(contacts, elsewhere, "contact")
    if len(contact_ids) > 1 and isinstance(error, NotFound):
        named = ", ".join(map(str, contact_ids[:_NAMED]))
        return NotFound(f"{len(contact_ids)} contacts are not there: {named}", error.code)
    return error


def shown(org_id: UUID) -> AnySelect:
    """The organisation's contacts, deleted ones too, with the columns of the contract."""
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
    ).where(contacts.c.org_id == org_id)


def _live(org_id: UUID, contact_id: UUID) -> ColumnElement[bool]:
    return and_(
        contacts.c.id == contact_id, contacts.c.org_id == org_id, contacts.c.deleted_at.is_(None)
    )
