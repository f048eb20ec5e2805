"""Serve ``EventSmsService``: the results of messages to attendees."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.rpc.messages import enum_value, fill
from servicekit.rpc.server import Context
from services.campaigns.events.domain.sms_statuses import ShownCounts, count_shown, shown_as
from services.campaigns.events.providers.attendee_messages import (
    AttendeeMessages,
    counts_of,
    status_word,
)
from services.campaigns.events.storage import attendees
from services.campaigns.events.support.attempt_retry import RetriedMessage
from services.campaigns.events.support.load_attendee import load_attendee
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases.retry_messages import (
    MessageRetry,
    RetryMessages,
)
from smsblaster.events.v1 import notifications_pb2, sms_pb2, sms_pb2_grpc
from smsblaster.messaging.v1 import event_texts_pb2

_FAILED = sms_pb2.SMS_STATUS_FAILED
_QUEUED = sms_pb2.SMS_STATUS_QUEUED


class EventSmsRpc(sms_pb2_grpc.EventSmsServiceServicer):
    """Shows the messages to attendees, which messaging stores, and retries failed ones."""

    def __init__(
        self, database: Database, messages: AttendeeMessages, retry: RetryMessages
    ) -> None:
        self._database = database
        self._messages = messages
        self._retry = retry

    async def GetSmsHistory(
        self, request: sms_pb2.GetSmsHistoryRequest, context: Context
    ) -> sms_pb2.SmsHistory:
        """Return an attendee's messages."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        attendee = await load_attendee(
            self._database, event.org_id, event.id, UUID(request.attendee_id), also_deleted=True
        )
        found = await self._messages.of_attendee(event.id, attendee.id)
        return sms_pb2.SmsHistory(
            attendee=fill(sms_pb2.SmsAttendee(), attendee),
            messages=[_sms(text) for text in found.texts],
            summary=_figures(count_shown(counts_of(found.counts).items())),
        )

    async def RetrySms(
        self, request: sms_pb2.RetrySmsRequest, context: Context
    ) -> sms_pb2.RetrySmsResponse:
        """Send failed messages of an attendee again: one of them, or all."""
        retry = MessageRetry(
            event_id=UUID(request.event_id),
            attendee_id=UUID(request.attendee_id),
            message_id=UUID(request.message_id) if request.HasField("message_id") else None,
            retry_all=request.retry_all,
            force=request.force,
        )
        retried = await self._retry.retry(retry)
        sent = sum(each.new is not None for each in retried)
        return sms_pb2.RetrySmsResponse(
            success=sent == len(retried), retried=sent, results=[_result(each) for each in retried]
        )

    async def GetSmsSummary(
        self, request: sms_pb2.GetSmsSummaryRequest, context: Context
    ) -> sms_pb2.SmsSummary:
        """Return counts of an event's messages."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        found = await self._messages.summary(event.id)
        shown = count_shown((status_word(each.status), each.count) for each in found.counts)
        ids = {UUID(each.attendee_id) for each in found.failed}
        async with self._database.org(event.org_id) as connection:
            names = await attendees.names(connection, event.org_id, ids)
        return sms_pb2.SmsSummary(
            total=shown.total,
            by_status=fill(sms_pb2.SmsByStatus(), shown),
            by_type=_by_type(found),
            delivery_rate=shown.delivery_rate,
            failed_messages=[_failed(each, names) for each in found.failed],
            outcomes=_outcomes(found),
        )


def _sms(text: event_texts_pb2.AttendeeText) -> sms_pb2.AttendeeSms:
    message = text.message
    sms = sms_pb2.AttendeeSms(
        id=message.id,
        message_sid=message.provider_sid,
        status=_status(status_word(message.status)),
        notification_type=_type(text.notification_type),
        body=message.body,
        created_at=message.created_at,
        retry_of=text.retry_of if text.HasField("retry_of") else None,
    )
    for name in ("sent_at", "delivered_at"):
        if message.HasField(name):
            getattr(sms, name).CopyFrom(getattr(message, name))
    if message.HasField("error_code"):
        sms.error_code = str(message.error_code)
        sms.error_title = message.error_title
        sms.error_message = message.error_message
        sms.retryable = message.retryable
    return sms


def _figures(shown: ShownCounts) -> sms_pb2.SmsFigures:
    return sms_pb2.SmsFigures(
        total=shown.total,
        delivered=shown.delivered,
        failed=shown.all_failed,
        pending=shown.pending,
    )


def _by_type(found: event_texts_pb2.SummarizeEventResponse) -> sms_pb2.SmsByType:
    by_type = sms_pb2.SmsByType()
    for each in found.counts:
        so_far = getattr(by_type, each.notification_type)
        setattr(by_type, each.notification_type, so_far + each.count)
    return by_type


def _outcomes(found: event_texts_pb2.SummarizeEventResponse) -> list[sms_pb2.SmsOutcome]:
    """Add up the counts of each message type, in the order of the contract."""
    counts: dict[str, list[tuple[str, int]]] = {}
    for each in found.counts:
        counts.setdefault(each.notification_type, []).append((status_word(each.status), each.count))
    return [
        sms_pb2.SmsOutcome(
            notification_type=_type(name),
            by_status=fill(sms_pb2.SmsByStatus(), count_shown(counts[name])),
        )
        for name in sorted(counts, key=_type)
    ]


def _failed(text: event_texts_pb2.FailedText, names: Mapping[UUID, str]) -> sms_pb2.FailedSms:
    return sms_pb2.FailedSms(
        id=text.id,
        attendee_id=text.attendee_id,
        attendee_name=names.get(UUID(text.attendee_id), ""),
        error_code=str(text.error_code) if text.HasField("error_code") else None,
        created_at=text.created_at,
    )


def _result(retried: RetriedMessage) -> sms_pb2.RetryResult:
    return sms_pb2.RetryResult(
        original_message_id=str(retried.original),
        new_message_id=str(retried.new or ""),
        status=_QUEUED if retried.new else _FAILED,
        error=retried.error,
    )


def _status(status: str) -> sms_pb2.SmsStatus.ValueType:
    return sms_pb2.SmsStatus.ValueType(enum_value(sms_pb2.SmsStatus.DESCRIPTOR, shown_as(status)))


def _type(word: str) -> notifications_pb2.EventNotificationType.ValueType:
    descriptor = notifications_pb2.EventNotificationType.DESCRIPTOR
    return notifications_pb2.EventNotificationType.ValueType(enum_value(descriptor, word))
