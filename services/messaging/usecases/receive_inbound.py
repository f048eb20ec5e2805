"""Receive a text from a person: opt-out words first, then the conversation."""

from dataclasses import replace
from uuid import UUID

from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.ids import id_at
from servicekit.phones import canonical
from services.messaging.domain.keywords import keyword_of
from services.messaging.storage import messages, threads
from services.messaging.storage.counts import Tally
from services.messaging.storage.messages import Inbound
from services.messaging.usecases.hand_over import moved_events
from services.messaging.usecases.recipients import Recipients
from smsblaster.webhooks.v1 import events_pb2

_OPTS_OUT = {"stop": True, "start": False}


class ReceiveInbound:
    """Receives texts, from callbacks and from asking. Each is stored once, by its SID."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def __call__(
        self,
        org_id: UUID,
        inbound: Inbound,
        opt_out_type: str = "",
        then: tuple[str, events_pb2.WebhooksHandled] | None = None,
    ) -> None:
        """Receive ``inbound``; ``then`` is announced in the same transaction.

        The sender is kept in the one notation of their line, whichever the carrier wrote: else a
        STOP would be noted for a number that nobody texts.

        What the person says about being texted is written before anything else. Raises
        ``Unavailable`` where contacts is away: nothing is lost, the message comes again.
        """
        inbound = replace(inbound, from_number=canonical(inbound.from_number))
        keyword = keyword_of(inbound.body, opt_out_type)
        if keyword in _OPTS_OUT:
            await self._recipients.set_opted_out(
                org_id, [inbound.from_number], _OPTS_OUT[keyword], inbound.received_at
            )
        contact = (await self._recipients.ensure(org_id, [inbound.from_number]))[
            inbound.from_number
        ]
        await self._store(org_id, UUID(contact.contact_id), inbound, then)

    async def _store(
        self,
        org_id: UUID,
        contact_id: UUID,
        inbound: Inbound,
        then: tuple[str, events_pb2.WebhooksHandled] | None,
    ) -> None:
        async with self._database.org(org_id) as connection:
            # Conversations are read in the order of ids: a late one gets its place.
            message_id = id_at(inbound.received_at)
            if await messages.receive(connection, org_id, message_id, contact_id, inbound):
                person = (contact_id, inbound.from_number)
                await threads.touch(
                    connection, org_id, person, inbound.body, inbound.received_at, unread=1
                )
                tally = Tally()
                campaign_id = await messages.mark_replied(connection, org_id, contact_id)
                tally.add(org_id, None, "received")
                tally.add(org_id, campaign_id, "replied", int(campaign_id is not None))
                await announce(connection, *moved_events(tally))
                await tally.write(connection)
            if then:
                await announce(connection, then)
