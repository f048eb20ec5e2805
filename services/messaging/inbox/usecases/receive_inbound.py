"""Receive a text from a person: opt-out words first, then the conversation."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.ids import id_at
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.inbound import Inbound
from services.messaging.inbox.domain.keywords import Wish, wish_of
from services.messaging.inbox.domain.senders import why_no_reply
from services.messaging.inbox.storage import incoming, opt_out_reviews, threads
from services.messaging.inbox.usecases.note_word import NoteWord
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage.tally import Tally
from smsblaster.contacts.v1 import recipients_pb2
from smsblaster.webhooks.v1 import events_pb2

Announcement = tuple[str, events_pb2.WebhooksHandled]


class ReceiveInbound:
    """Receives texts, from callbacks and from asking. Each is stored once, by its SID."""

    def __init__(self, database: Database, recipients: Recipients, words: NoteWord) -> None:
        self._database = database
        self._recipients = recipients
        self._words = words

    async def __call__(
        self, org_id: UUID, inbound: Inbound, then: Announcement | None = None
    ) -> None:
        """Receive ``inbound``; ``then`` is announced in the same transaction.

        What the person says about being texted is written before anything else. Raises
        ``Unavailable`` where contacts is away, or the provider does not tell when a START was said:
        nothing is lost, the message comes again.
        """
        wish = wish_of(inbound.body, inbound.opt_out_type)
        if wish is Wish.STOP:
            await self._words.stop(org_id, inbound)
        elif wish is Wish.START:
            await self._start(org_id, inbound, comes_again=then is not None)
        await self._keep(org_id, inbound, wish, then)

    async def _start(self, org_id: UUID, inbound: Inbound, *, comes_again: bool) -> None:
        """Note a START. Where that must wait, the text is shown meanwhile.

        A text that was polled is not stored then: what is stored is not polled a second time.
        """
        try:
            await self._words.start(org_id, inbound)
        except Unavailable:
            if comes_again:
                await self._keep(org_id, inbound, Wish.START, None)
            raise

    async def _keep(
        self, org_id: UUID, inbound: Inbound, wish: Wish | None, then: Announcement | None
    ) -> None:
        contact = await self._recipients.ensure_sender(org_id, inbound.sender.address)
        async with self._database.org(org_id) as connection:
            await _store(connection, org_id, contact, inbound, wish)
            if then:
                await announce(connection, then)


async def _store(
    connection: AsyncConnection,
    org_id: UUID,
    contact: recipients_pb2.Recipient,
    inbound: Inbound,
    wish: Wish | None,
) -> None:
    # Conversations are read in the order of ids: a late one gets its place.
    message_id, contact_id = id_at(inbound.received_at), UUID(contact.contact_id)
    if not await incoming.receive(connection, org_id, message_id, contact_id, inbound):
        return
    person = (contact_id, inbound.sender.address)
    await threads.touch(connection, org_id, person, inbound.preview, inbound.received_at, unread=1)
    if wish is Wish.STOP:
        await opt_out_reviews.end(connection, org_id, contact_id)
    elif wish is Wish.DOUBTFUL and not contact.opted_out and _is_texted(inbound):
        review = opt_out_reviews.Review(message_id, inbound.received_at)
        await opt_out_reviews.begin(connection, org_id, contact_id, review)
    tally = Tally()
    campaign_id = await incoming.mark_replied(connection, org_id, contact_id)
    tally.add(org_id, None, MessageStatus.RECEIVED)
    tally.add(org_id, campaign_id, "replied", int(campaign_id is not None))
    await tally.announce_and_write(connection)


def _is_texted(inbound: Inbound) -> bool:
    """Whether texts can go to the sender at all."""
    return inbound.sender.number is not None or why_no_reply(inbound.sender.address) is None
