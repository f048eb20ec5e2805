"""Reply to a contact in the conversation with them."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.from_address import CANNOT_REPLY, reply_refusal
from services.messaging.inbox.storage import conversation_messages
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.usecases.send_message import Addressee, SendMessage

_FIELD = "contactId"


class SendReply:
    """A reply is sent from the number of the conversation and marks it as read."""

    def __init__(self, database: Database, recipients: Recipients, send: SendMessage) -> None:
        self._database = database
        self._recipients = recipients
        self._send = send

    async def send(self, payer: Payer, contact_id: UUID, body: str) -> Message:
        """Send a message to a contact, from the number that they last wrote to if possible.

        Once it is accepted, the contact's messages count as read.

        Raises:
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
            InvalidInput: cannot_reply, or what `SendMessage` refuses.
        """
        contact = await self._recipients.find(payer.org_id, contact_id)
        refusal = reply_refusal(contact.phone)
        if refusal:
            raise InvalidInput.of(_FIELD, refusal.message, CANNOT_REPLY)
        phone = parse_phone(_FIELD, contact.phone)
        async with self._database.org(payer.org_id) as connection:
            from_number = await conversation_messages.reply_number(
                connection, payer.org_id, contact_id
            )
        addressee = Addressee(_FIELD, phone, from_number, answers=True)
        return await self._send.send(payer, addressee, body)
