"""`MessageService`: send messages, one or many, and show them."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.phones import Phone
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.batches import same_text
from services.messaging.sending.domain.recipients import parse_phone
from services.messaging.sending.domain.timeline import timeline
from services.messaging.sending.rpc.batches import Batches
from services.messaging.sending.rpc.convert import (
    content_of,
    options_of,
    payer,
    scheduled_message,
    time_of,
)
from services.messaging.sending.storage import attempts, messages
from services.messaging.sending.storage.contract_messages import message_of
from services.messaging.sending.support.named_contact import named_contact
from services.messaging.sending.usecases.retry_message import RetryMessage
from services.messaging.sending.usecases.schedule_messages import ScheduleMessages
from services.messaging.sending.usecases.send_message import Addressee, SendMessage
from smsblaster.messaging.v1 import messages_pb2, messages_pb2_grpc


class MessageRpc(messages_pb2_grpc.MessageServiceServicer):
    """Sends messages, retries them, and returns messages with their status."""

    def __init__(
        self,
        database: Database,
        send: SendMessage,
        batches: Batches,
        schedule: ScheduleMessages,
        retry: RetryMessage,
    ) -> None:
        self._database = database
        self._schedule = schedule
        self._send = send
        self._batches = batches
        self._retry = retry

    async def SendMessage(
        self, request: messages_pb2.SendMessageRequest, context: Context
    ) -> messages_pb2.Message:
        """Send one message, now or later."""
        version = request.price_version or None
        when = time_of(
            request.send_at if request.HasField("send_at") else None, request.respect_quiet_hours
        )
        if when:
            later = await self._schedule.schedule_text(
                payer(), request.to, content_of(request, request.body), when, version
            )
            return scheduled_message(later)
        phone, operation_id = await self._recipient(request)
        pictures, options = tuple(request.media_urls), options_of(request)
        to = Addressee("to", phone, media_urls=pictures, options=options, operation_id=operation_id)
        return message_of(await self._send.send(payer(), to, request.body, version))

    async def _recipient(
        self, request: messages_pb2.SendMessageRequest
    ) -> tuple[Phone, UUID | None]:
        """Return the recipient's phone number, and the message's id within the operation."""
        if not request.contact_id:
            return parse_phone("to", request.to), None
        org_id = identity.current().require_org()
        return await named_contact(self._database, org_id, request.contact_id, request.to)

    async def SendBatch(
        self, request: messages_pb2.SendBatchRequest, context: Context
    ) -> messages_pb2.SendBatchResponse:
        """Send one message to many numbers, now or later, for a gateway of the previous release."""
        return await self._batches.send(request, request.message, same_text(request.numbers))

    async def RetryMessage(
        self, request: messages_pb2.RetryMessageRequest, context: Context
    ) -> messages_pb2.Message:
        """Send a failed message again."""
        message_id = UUID(request.id)
        return message_of(await self._retry.retry(payer(), message_id, force=request.force))

    async def GetMessage(
        self, request: messages_pb2.GetMessageRequest, context: Context
    ) -> messages_pb2.MessageDetail:
        """Return one message with its timeline."""
        org_id = identity.current().require_org()
        message_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            message = await messages.find(connection, org_id, message_id)
            reported = await messages.reported_events(connection, org_id, message_id)
            retries = await attempts.later_attempts(connection, org_id, message_id)
        if message is None:
            raise await messages.not_found(self._database, org_id, message_id)
        return messages_pb2.MessageDetail(
            message=message_of(message),
            timeline=[
                fill(messages_pb2.DeliveryEvent(), event) for event in timeline(message, reported)
            ],
            retries=map(message_of, retries),
        )
