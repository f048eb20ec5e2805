"""Create a contact with its tags."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Conflict
from services.contacts.domain.contacts import NewContact
from services.contacts.storage import contacts, tags


async def create_contact(
    connection: AsyncConnection, org_id: UUID, details: NewContact
) -> RowMapping:
    """Create a contact, or restore the deleted one with its number; as the contract shows it.

    Raises ``Conflict`` where a contact with the number is there.
    """
    contact_id = await contacts.add(connection, org_id, details)
    if contact_id is None:
        raise Conflict("A contact with this phone number is there already.", "phone_taken")
    if details.tags:
        await tags.replace(connection, org_id, contact_id, details.tags)
    return (await contacts.find_all(connection, org_id, [contact_id]))[0]
