"""Find the numbers that a reply is sent to and from."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import Phone
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.from_address import CANNOT_REPLY, reply_refusal
from services.messaging.inbox.storage import conversation_messages
from services.messaging.sending.domain.recipients import parse_phone

CONTACT_FIELD = "contactId"
"""The request field with the contact, for errors about it."""


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """The contact's phone number, and the phone number that the contact last wrote to.

    `from_number` is None if the organisation no longer has that number. Then Twilio chooses one.
    """

    phone: Phone
    from_number: str | None


async def reply_address(
    database: Database, recipients: Recipients, org_id: UUID, contact_id: UUID
) -> ReplyAddress:
    """Return the phone numbers for a reply to a contact.

    Raises:
        NotFound: The contact does not exist.
        CrossOrgAccess: The contact belongs to another organisation.
        InvalidInput: cannot_reply, or invalid_number.
    """
    contact = await recipients.find(org_id, contact_id)
    refusal = reply_refusal(contact.phone)
    if refusal:
        raise InvalidInput.of(CONTACT_FIELD, refusal.message, CANNOT_REPLY)
    phone = parse_phone(CONTACT_FIELD, contact.phone)
    async with database.org(org_id) as connection:
        number = await conversation_messages.reply_number(connection, org_id, contact_id)
    return ReplyAddress(phone, number)
