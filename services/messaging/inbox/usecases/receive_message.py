"""Receive a message from a person: first opt-outs and opt-ins, then the conversation."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.outbox import Payload, announce
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.ids import id_at
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.from_address import reply_refusal
from services.messaging.inbox.domain.incoming_message import IncomingMessage
from services.messaging.inbox.domain.intents import Intent, intent_of
from services.messaging.inbox.storage import (
    conversations,
    incoming_messages,
    media,
    opt_out_reviews,
)
from services.messaging.inbox.storage.conversations import LatestMessage
from services.messaging.inbox.storage.opt_out_reviews import Review
from services.messaging.inbox.support.stop_and_start import StopAndStart
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage.message_events import NewStatus
from services.messaging.sending.storage.tally import Tally

Announcement = tuple[str, Payload]
"""A bus event: its subject and its payload."""


class ReceiveMessage:
    """Receives messages, from webhooks and from polling. A message (SID) is stored only once."""

    def __init__(
        self, database: Database, recipients: Recipients, stop_and_start: StopAndStart
    ) -> None:
        self._database = database
        self._recipients = recipients
        self._stop_and_start = stop_and_start

    async def receive(
        self, org_id: UUID, message: IncomingMessage, announcement: Announcement | None = None
    ) -> None:
        """Receive a message, and announce `announcement` in the same transaction.

        A STOP or a START takes effect before the message is stored. The bus delivers a message
        again after an error, so nothing is lost.

        Raises:
            Unavailable: The contacts service, or Twilio for the time of a START, does not answer.
        """
        intent = intent_of(message.body, message.opt_out_type)
        try:
            await self._stop_and_start.handle(org_id, message, intent)
        except Unavailable:
            # A START from a webhook is stored and shown already, since the bus delivers it again.
            # One from polling is not stored: once stored, it would not be polled again.
            if intent is Intent.START and announcement:
                await self._store(org_id, message, intent, None)
            raise
        await self._store(org_id, message, intent, announcement)

    async def _store(
        self,
        org_id: UUID,
        message: IncomingMessage,
        intent: Intent | None,
        announcement: Announcement | None,
    ) -> None:
        contact = await self._recipients.ensure_sender(org_id, message.from_address.value)
        # Conversations are in the order of ids, so a late message gets the id of its time.
        message_id, contact_id = id_at(message.received_at), contact.contact_id
        async with self._database.org(org_id) as connection:
            if await incoming_messages.store(connection, org_id, message_id, contact_id, message):
                await media.add(connection, org_id, message_id, message.attachments)
                await _show(connection, org_id, contact_id, message)
                if intent is Intent.STOP:
                    await opt_out_reviews.end(connection, org_id, contact_id)
                if intent is Intent.POSSIBLE_STOP and not contact.opted_out and _is_texted(message):
                    review = Review(message_id, message.received_at)
                    await opt_out_reviews.begin(connection, org_id, contact_id, review)
                await _count(connection, org_id, (message_id, contact_id), intent)
            if announcement:
                await announce(connection, announcement)


async def _show(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, message: IncomingMessage
) -> None:
    latest = LatestMessage(
        contact_id,
        message.from_address.value,
        message.preview,
        message.received_at,
        is_unread=True,
    )
    await conversations.show_message(connection, org_id, latest)


async def _count(
    connection: AsyncConnection, org_id: UUID, ids: tuple[UUID, UUID], intent: Intent | None
) -> None:
    """Count the message, and the contact's first reply and first opt-out after a campaign.

    `ids` are those of the message and of its contact.
    """
    message_id, contact_id = ids
    tally = Tally()
    tally.tell(NewStatus(org_id, message_id, MessageStatus.RECEIVED))
    if intent is Intent.STOP:
        answered = await incoming_messages.mark_opted_out(connection, org_id, contact_id)
        tally.add_opt_out(org_id, answered)
    campaign_id = await incoming_messages.mark_replied(connection, org_id, contact_id)
    tally.add(org_id, None, MessageStatus.RECEIVED)
    tally.add(org_id, campaign_id, "replied", int(campaign_id is not None))
    await tally.announce_and_write(connection)


def _is_texted(message: IncomingMessage) -> bool:
    """Return whether the address that the message came from can be texted."""
    address = message.from_address
    return address.number is not None or reply_refusal(address.value) is None
