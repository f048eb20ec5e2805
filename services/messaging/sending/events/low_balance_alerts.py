"""Send alerts about a low balance by text, as messages that the organisation sends and pays."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

import structlog

from servicekit.bus.consumer import Incoming
from servicekit.errors import DomainError
from servicekit.identity import Identity, acting_as
from servicekit.operation import operating
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.usecases.send_message import Addressee, SendMessage
from smsblaster.billing.v1 import events_pb2

log = structlog.get_logger()


class LowBalanceAlerts:
    """Consumes `event.billing.low_balance`: texts an alert about a low balance.

    The id of the alert is the operation id of the message, so that it is sent once even if the bus
    event is repeated.
    """

    def __init__(self, send_message: SendMessage) -> None:
        self._send_message = send_message

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Send the alerts of `batch`. Raises `Unavailable`."""
        for incoming in batch:
            event = events_pb2.LowBalance.FromString(incoming.payload)
            if event.HasField("text"):
                await self._send(event)

    async def _send(self, event: events_pb2.LowBalance) -> None:
        payer = Payer(UUID(event.org_id), UUID(event.text.payer_user_id))
        # The platform sends the alert, even if the payer has not verified an email address.
        platform = Identity("messaging", payer.org_id, payer.user_id, email_verified=True)
        try:
            with acting_as(platform), operating(UUID(event.notification_id)):
                to = Addressee("to", parse_phone("to", event.text.to))
                await self._send_message.send(payer, to, event.text.body)
        except DomainError as error:
            if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            # No number to send from, opted out, or no balance left: the customer was told by mail.
            log.warning("low_balance_text_not_sent", org_id=event.org_id, code=error.code)
