"""Create, update and delete single contacts."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.phones import canonical
from services.contacts.domain.contacts import ContactChange, NewContact
from services.contacts.storage import contacts, tags
from services.contacts.storage.rows import Contact


class EditContacts:
    """Changes a contact together with its tags and opt-out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, org_id: UUID, details: NewContact) -> Contact:
        """Create a contact, or restore the deleted contact with its number.

        Raises ``Conflict`` if a contact with the number exists.
        """
        async with self._database.org(org_id) as connection:
            contact_id = await contacts.add(connection, org_id, details)
            if contact_id is None:
                message = "A contact with this phone number already exists."
                raise Conflict(message, "phone_taken")
            if details.tags:
                await tags.replace(connection, org_id, contact_id, details.tags)
            return (await contacts.find_all(connection, org_id, [contact_id]))[0]

    async def update(self, org_id: UUID, contact_id: UUID, change: ContactChange) -> Contact:
        """Change a contact.

        An opt-out stays with its phone number. A contact that gets another number can be texted
        there, and a contact that gets the old number later has the opt-out.

        Raises:
            NotFound, CrossOrgAccess: the organisation doesn't have the contact.
            Conflict: another contact has the new number.
        """
        async with self._database.org(org_id) as connection:
            before = await contacts.lock(connection, org_id, contact_id)
            if before:
                columns: dict[str, object] = dict(change.columns)
                moves = "phone" in columns and columns["phone"] != canonical(before.phone)
                if moves:
                    columns["opted_out_at"] = None
                if columns:
                    await contacts.change(connection, org_id, contact_id, columns)
                if moves:
                    await contacts.leave_opt_status(connection, org_id, contact_id, before)
                if change.tags is not None:
                    await tags.replace(connection, org_id, contact_id, change.tags)
                return (await contacts.find_all(connection, org_id, [contact_id]))[0]
        raise await contacts.not_found(self._database, org_id, [contact_id])

    async def delete(self, org_id: UUID, contact_id: UUID) -> None:
        """Soft-delete a contact. Raises ``NotFound`` or ``CrossOrgAccess``."""
        async with self._database.org(org_id) as connection:
            removed = await contacts.remove(connection, org_id, contact_id)
        if not removed:
            raise await contacts.not_found(self._database, org_id, [contact_id])
