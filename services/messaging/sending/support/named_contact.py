"""Find out where the text to a contact goes, also if the request is repeated."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.phones import Phone
from services.messaging.sending.domain.earlier_messages import operation_ids
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.storage import acceptance


async def named_contact(
    database: Database, org_id: UUID, contact_id: str, to: str
) -> tuple[Phone, UUID | None]:
    """Return the phone number for the text to a contact, and the text's id within the operation.

    If an earlier call has stored the text, the phone number and the id that were stored with it are
    returned, although the contact may have another number now, or may be deleted.

    Args:
        database: The database of the messages.
        org_id: The organisation.
        contact_id: The contact that the request names.
        to: The contact's phone number. Empty if the contact doesn't exist.

    Raises:
        InvalidInput: The phone number is invalid.
        NotFound: contact_not_found.
    """
    phone = parse_phone("to", to) if to else None
    ids = operation_ids(contact_id, phone.e164 if phone else None)
    async with database.org(org_id) as connection:
        stored = await acceptance.of_operations(connection, org_id, ids)
    for operation_id in ids:
        if operation_id in stored:
            return parse_phone("to", stored[operation_id].phone), operation_id
    if phone is None:
        raise NotFound("This contact doesn't exist.", "contact_not_found")
    return phone, ids[0] if ids else None
