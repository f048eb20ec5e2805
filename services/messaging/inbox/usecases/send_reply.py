"""Reply to a contact in the conversation with them."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.support.reply_address import CONTACT_FIELD, reply_address
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.usecases.send_message import Addressee, SendMessage


class SendReply:
    """Sends replies. A reply marks the conversation as read."""

    def __init__(self, database: Database, recipients: Recipients, send: SendMessage) -> None:
        self._database = database
        self._recipients = recipients
        self._send = send

    async def send(self, payer: Payer, contact_id: UUID, content: Content) -> Message:
        """Send a message to a contact, if possible from the phone number they last wrote to.

        Once the reply is accepted, the contact's messages are marked as read.

        Raises:
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
            InvalidInput: cannot_reply, or what `SendMessage` refuses.
        """
        address = await reply_address(self._database, self._recipients, payer.org_id, contact_id)
        addressee = Addressee(
            CONTACT_FIELD,
            address.phone,
            address.from_number,
            answers=True,
            media_urls=content.media_urls,
            options=content.options,
        )
        return await self._send.send(payer, addressee, content.body)
