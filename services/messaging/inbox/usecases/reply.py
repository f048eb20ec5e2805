"""Answer a contact in the conversation with them."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.senders import CANNOT_REPLY, why_no_reply
from services.messaging.inbox.storage import conversations
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.usecases.send_message import Addressee, SendMessage

_FIELD = "contactId"


class Reply:
    """Sends replies."""

    def __init__(self, database: Database, recipients: Recipients, send: SendMessage) -> None:
        self._database = database
        self._recipients = recipients
        self._send = send

    async def __call__(self, payer: Payer, contact_id: UUID, body: str) -> Message:
        """Send ``body`` to a contact, from the number that they last wrote to where that is ours.

        What they wrote counts as read once the answer is accepted. Raises ``NotFound`` and
        ``CrossOrgAccess`` for the contact, ``InvalidInput`` cannot_reply for a sender that can't be
        texted, and what :meth:`SendMessage.send` raises.
        """
        contact = await self._recipients.find(payer.org_id, contact_id)
        reason = why_no_reply(contact.phone)
        if reason:
            raise InvalidInput.of(_FIELD, reason.message, CANNOT_REPLY)
        phone = parse_phone(_FIELD, contact.phone)
        async with self._database.org(payer.org_id) as connection:
            sender = await conversations.sender_for(connection, payer.org_id, contact_id)
        return await self._send.send(payer, Addressee(_FIELD, phone, sender, answers=True), body)
