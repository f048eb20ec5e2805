"""`MessageService`: send messages, one or many, and show them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.recipients import DUPLICATE, RefusedNumber, parse_phone
from services.messaging.sending.domain.timeline import timeline
from services.messaging.sending.rpc.convert import (
    batch_errors,
    options_of,
    scheduled_message,
    time_of,
)
from services.messaging.sending.storage import attempts, messages
from services.messaging.sending.storage.contract_messages import message_of
from services.messaging.sending.usecases.retry_message import RetryMessage
from services.messaging.sending.usecases.schedule_messages import ScheduledBatch, ScheduleMessages
from services.messaging.sending.usecases.send_batch import SendBatch
from services.messaging.sending.usecases.send_message import Addressee, SendMessage
from smsblaster.messaging.v1 import messages_pb2, messages_pb2_grpc


class MessageRpc(messages_pb2_grpc.MessageServiceServicer):
    """Sends messages, retries them, and returns messages with their status."""

    def __init__(
        self,
        database: Database,
        send: SendMessage,
        send_batch: SendBatch,
        schedule: ScheduleMessages,
        retry: RetryMessage,
    ) -> None:
        self._database = database
        self._schedule = schedule
        self._send = send
        self._send_batch = send_batch
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
                _payer(), request.to, _content(request, request.body), when, version
            )
            return scheduled_message(later)
        phone = parse_phone("to", request.to)
        pictures, options = tuple(request.media_urls), options_of(request)
        to = Addressee("to", phone, media_urls=pictures, options=options)
        return message_of(await self._send.send(_payer(), to, request.body, version))

    async def SendBatch(
        self, request: messages_pb2.SendBatchRequest, context: Context
    ) -> messages_pb2.SendBatchResponse:
        """Send one message to many phone numbers, now or later."""
        version = request.price_version or None
        content = _content(request, request.message)
        when = time_of(
            request.send_at if request.HasField("send_at") else None, request.respect_quiet_hours
        )
        if when:
            later = await self._schedule.schedule_batch(
                _payer(), list(request.numbers), content, when, version
            )
            return _scheduled_response(len(request.numbers), later)
        result = await self._send_batch.send(_payer(), list(request.numbers), content, version)
        return messages_pb2.SendBatchResponse(
            total=len(request.numbers),
            sent=len(result.message_ids),
            **_refused(result.failures),
            message_ids=[str(message_id) for message_id in result.message_ids],
            price_cents=result.price_cents,
        )

    async def RetryMessage(
        self, request: messages_pb2.RetryMessageRequest, context: Context
    ) -> messages_pb2.Message:
        """Send a failed message again."""
        message_id = UUID(request.id)
        return message_of(await self._retry.retry(_payer(), message_id, force=request.force))

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


def _payer() -> Payer:
    caller = identity.current()
    return Payer(caller.require_org(), caller.require_user(), by_setting=True)


def _scheduled_response(total: int, batch: ScheduledBatch) -> messages_pb2.SendBatchResponse:
    return messages_pb2.SendBatchResponse(
        total=total,
        **_refused(batch.failures),
        scheduled=batch.send.accepted_count if batch.send else 0,
        scheduled_id=str(batch.send.id) if batch.send else None,
        price_cents=batch.send.price_cents if batch.send else 0,
    )


def _refused(failures: Sequence[RefusedNumber]) -> dict[str, Any]:
    """Return the response fields about phone numbers that get no text."""
    duplicates = sum(refusal == DUPLICATE for _, refusal in failures)
    return {
        "failed": len(failures) - duplicates,
        "duplicates": duplicates,
        "errors": batch_errors(failures),
    }


def _content(
    request: messages_pb2.SendMessageRequest | messages_pb2.SendBatchRequest, body: str
) -> Content:
    return Content(body, tuple(request.media_urls), options_of(request))
