"""Texts that people send us."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.messaging.common.events.outcomes import handled
from services.messaging.inbox.domain.inbound import inbound_of
from services.messaging.inbox.usecases.receive_inbound import ReceiveInbound
from smsblaster.webhooks.v1 import events_pb2


class TwilioIncoming:
    """Consumes ``webhook.twilio.incoming``. A text's SID makes it count once."""

    def __init__(self, receive: ReceiveInbound) -> None:
        self._receive = receive

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Receive the texts of ``batch``, in the order they came."""
        for message in batch:
            webhook = events_pb2.WebhookReceived.FromString(message.payload)
            inbound = inbound_of(webhook.form, webhook.received_at.ToDatetime(tzinfo=UTC))
            await self._receive(UUID(webhook.org_id), inbound, handled([webhook]))
