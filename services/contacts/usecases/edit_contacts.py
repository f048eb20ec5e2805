"""Create, update and delete single contacts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict
from servicekit.phones import canonical
from services.contacts.domain.contacts import FIELD_OF_COLUMN, ContactChange, NewContact
from services.contacts.storage import contacts, tags
from services.contacts.storage.rows import Contact, LockedContact


class EditContacts:
    """Creates, changes and deletes contacts, each together with its tags and opt-out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, org_id: UUID, details: NewContact) -> Contact:
        """Create a contact, or restore the deleted contact with its phone number.

        Raises ``Conflict`` with the contact's id if a contact with the phone number exists.
        """
        async with self._database.org(org_id) as connection:
            contact_id = await contacts.add(connection, org_id, details)
            if contact_id is None:
                owner = await contacts.with_phone(connection, org_id, details.phone)
                raise Conflict(
                    "A contact with this phone number already exists.",
                    "phone_taken",
                    {"contactId": str(owner.contact_id)} if owner else None,
                )
            if details.tags:
                await tags.replace(connection, org_id, contact_id, details.tags)
            return (await contacts.find_all(connection, org_id, [contact_id]))[0]

    async def update(self, org_id: UUID, contact_id: UUID, change: ContactChange) -> Contact:
        """Change a contact. An opt-out stays with its phone number.

        A contact that gets another phone number can be texted there. A contact that later gets the
        old phone number is opted out.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the contact.
            Conflict: another contact has the new phone number. The error contains that contact's
                id.
            PreconditionFailed: somebody changed the contact since the version that the caller read.
        """
        async with self._database.org(org_id) as connection:
            before = await contacts.lock(connection, org_id, contact_id)
            if before:
                require_version(before.versions, change.if_version, FIELD_OF_COLUMN)
                await _change(connection, org_id, contact_id, before, change)
                return (await contacts.find_all(connection, org_id, [contact_id]))[0]
        raise await contacts.not_found(self._database, org_id, [contact_id])

    async def delete(self, org_id: UUID, contact_id: UUID, if_version: int | None = None) -> None:
        """Soft-delete a contact.

        Raises ``NotFound``, ``CrossOrgAccess``, or ``PreconditionFailed`` if somebody changed the
        contact since the version ``if_version``.
        """
        async with self._database.org(org_id) as connection:
            before = await contacts.lock(connection, org_id, contact_id)
            if before:
                require_version(before.versions, if_version, FIELD_OF_COLUMN)
                await contacts.remove_all(connection, org_id, [contact_id])
                return
        raise await contacts.not_found(self._database, org_id, [contact_id])


async def _change(
    connection: AsyncConnection,
    org_id: UUID,
    contact_id: UUID,
    before: LockedContact,
    change: ContactChange,
) -> None:
    columns: dict[str, object] = dict(change.columns)
    phone = change.columns.get("phone")
    moves = phone is not None and phone != canonical(before.phone)
    if phone is not None and moves:
        await _require_free(connection, org_id, phone)
        columns["opted_out_at"] = None
    if columns:
        await contacts.change(connection, org_id, contact_id, columns)
    if moves:
        await contacts.leave_opt_status(connection, org_id, contact_id, before)
    if change.tags is not None:
        await tags.replace(connection, org_id, contact_id, change.tags)


async def _require_free(connection: AsyncConnection, org_id: UUID, phone: str) -> None:
    """Raise ``Conflict`` if another contact has the phone number."""
    owner = await contacts.with_phone(connection, org_id, phone)
    if owner is None:
        return
    if owner.is_deleted:
        raise Conflict(
            "A deleted contact has this number. Create a contact with this number to restore it.",
            "phone_taken",
        )
    raise Conflict(
        "Another contact has this number.", "phone_taken", {"contactId": str(owner.contact_id)}
    )
