"""Texts that tell an organisation of its low balance, sent as any text of its own."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

import structlog

from servicekit.bus.consumer import Incoming
from servicekit.errors import DomainError
from servicekit.identity import Identity, acting_as
from servicekit.operation import operating
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.usecases.send_message import SendMessage
from smsblaster.billing.v1 import events_pb2

log = structlog.get_logger()


class LowBalanceTexts:
    """Consumes ``event.billing.low_balance``.

    The text belongs to the operation that is the notification, so that it is sent once however
    often the event comes.
    """

    def __init__(self, send_message: SendMessage) -> None:
        self._send_message = send_message

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Send the texts of ``batch``. Raises ``Unavailable``."""
        for incoming in batch:
            event = events_pb2.LowBalance.FromString(incoming.payload)
            if event.HasField("text"):
                await self._send(event)

    async def _send(self, event: events_pb2.LowBalance) -> None:
        payer = Payer(UUID(event.org_id), UUID(event.text.payer_user_id))
        # The platform sends it, whatever the payer has yet to verify.
        platform = Identity("messaging", payer.org_id, payer.user_id, email_verified=True)
        try:
            with acting_as(platform), operating(UUID(event.notification_id)):
                await self._send_message(payer, event.text.to, event.text.body)
        except DomainError as error:
            if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            # No sender, opted out, spent meanwhile: the mail has said it already.
            log.warning("low_balance_text_not_sent", org_id=event.org_id, code=error.code)
