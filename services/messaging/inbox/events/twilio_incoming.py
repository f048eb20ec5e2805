"""Handle `webhook.twilio.incoming`: messages that people send."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.messaging.common.events.outcomes import webhooks_handled
from services.messaging.inbox.domain.incoming_message import parse_incoming
from services.messaging.inbox.usecases.receive_message import ReceiveMessage
from smsblaster.webhooks.v1 import events_pb2


class TwilioIncoming:
    """Consumes `webhook.twilio.incoming`: stores incoming messages.

    A webhook for a message that is already stored (same SID) changes nothing.
    """

    def __init__(self, receive: ReceiveMessage) -> None:
        self._receive = receive

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Receive the messages of `batch` in their order."""
        for event in batch:
            webhook = events_pb2.WebhookReceived.FromString(event.payload)
            message = parse_incoming(webhook.form, webhook.received_at.ToDatetime(tzinfo=UTC))
            await self._receive.receive(UUID(webhook.org_id), message, webhooks_handled([webhook]))
