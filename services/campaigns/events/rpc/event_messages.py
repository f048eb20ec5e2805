"""Serve ``EventNotificationService``: event messages, their prices and their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.rpc.campaign_messages import metrics_message
from services.campaigns.campaigns.rpc.payers import payer_fields
from services.campaigns.campaigns.rpc.quotes import quote_fields, seconds_to_count
from services.campaigns.campaigns.usecases.cancel_campaign import CancelCampaign
from services.campaigns.campaigns.usecases.resume_campaign import ResumeCampaign
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.events.rpc.event_texts import source_of, text_message
from services.campaigns.events.storage import event_messages
from services.campaigns.events.storage.event_messages import EventMessage
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.compose_event_message import EventMessageOrder
from services.campaigns.events.support.load_event import check_notifiable, load_event
from services.campaigns.events.support.load_event_message import load_event_message
from services.campaigns.events.usecases.list_event_texts import ListEventTexts
from services.campaigns.events.usecases.quote_event_message import QuoteEventMessage
from services.campaigns.events.usecases.send_event_message import SendEventMessage
from services.campaigns.events.usecases.set_event_text import SetEventText
from smsblaster.events.v1 import notifications_pb2, notifications_pb2_grpc, question_sets_pb2

AnyQuestionSetOrder = (
    question_sets_pb2.NotifyQuestionSetRequest | question_sets_pb2.PublishQuestionSetRequest
)
AnyOrder = (
    notifications_pb2.NotifyRequest
    | notifications_pb2.QuoteNotificationRequest
    | AnyQuestionSetOrder
)

_TYPES = notifications_pb2.EventNotificationType.DESCRIPTOR


@dataclass(frozen=True, slots=True)
class EventMessageUseCases:
    """The use cases of event messages and their texts."""

    send: SendEventMessage
    quote: QuoteEventMessage
    resume: ResumeCampaign
    cancel: CancelCampaign
    list_texts: ListEventTexts
    set_text: SetEventText


class EventMessageRpc(notifications_pb2_grpc.EventNotificationServiceServicer):
    """Serves event messages, which users call notifications."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        dispatch: Dispatch,
        use_cases: EventMessageUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch
        self._use_cases = use_cases

    async def Notify(
        self, request: notifications_pb2.NotifyRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Send a message to an event's attendees."""
        kind = enum_name(_TYPES, request.notification_type)
        order = EventMessageOrder(
            attendees_of(request, kind),
            source_of(request),
            price_version=request.price_version or None,
        )
        return await with_counts(self._dispatch, await self._use_cases.send.send(order))

    async def QuoteNotification(
        self, request: notifications_pb2.QuoteNotificationRequest, context: Context
    ) -> notifications_pb2.NotificationQuote:
        """Return the price of a message to an event's attendees."""
        order = EventMessageOrder(
            attendees_of(request, enum_name(_TYPES, request.notification_type)),
            source_of(request),
            parse_id(request.question_set_id),
        )
        found = await self._use_cases.quote.quote(order, seconds_to_count(context))
        return notifications_pb2.NotificationQuote(
            without_phone=found.without_phone, **quote_fields(found.quoted)
        )

    async def ListEventNotifications(
        self, request: notifications_pb2.ListEventNotificationsRequest, context: Context
    ) -> notifications_pb2.ListEventNotificationsResponse:
        """Return a page of an event's messages."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        page = PageRequest(self._cursors, event.org_id, request)
        async with self._database.org(event.org_id) as connection:
            rows = await event_messages.page(
                connection, event.org_id, event.id, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return notifications_pb2.ListEventNotificationsResponse(
            items=await _all_with_counts(self._dispatch, rows), next_cursor=next_cursor
        )

    async def GetEventNotification(
        self, request: notifications_pb2.GetEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Return one event message."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        return await self._load(event, UUID(request.notification_id))

    async def ResumeEventNotification(
        self, request: notifications_pb2.ResumeEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Resume a paused event message."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        await check_notifiable(self._database, event)
        message_id = UUID(request.notification_id)
        await self._use_cases.resume.resume(event.org_id, message_id, event.id)
        return await self._load(event, message_id)

    async def CancelEventNotification(
        self, request: notifications_pb2.CancelEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Cancel an event message."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        message_id = UUID(request.notification_id)
        await self._use_cases.cancel.cancel(event.org_id, message_id, event.id)
        return await self._load(event, message_id)

    async def ListTexts(
        self, request: notifications_pb2.ListTextsRequest, context: Context
    ) -> notifications_pb2.ListTextsResponse:
        """Return the texts of an event's messages."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        texts = await self._use_cases.list_texts.list(event)
        return notifications_pb2.ListTextsResponse(items=[text_message(text) for text in texts])

    async def SetText(
        self, request: notifications_pb2.SetTextRequest, context: Context
    ) -> notifications_pb2.NotificationText:
        """Set or remove an event's own text for a type."""
        source = source_of(request)
        event = await load_event(self._database, UUID(request.event_id), "curate")
        kind = enum_name(_TYPES, request.notification_type)
        if_version = request.if_version if request.HasField("if_version") else None
        return text_message(await self._use_cases.set_text.set(event, kind, source, if_version))

    async def _load(self, event: Event, message_id: UUID) -> notifications_pb2.EventNotification:
        message = await load_event_message(self._database, event.org_id, event.id, message_id)
        return await with_counts(self._dispatch, message)


def attendees_of(request: AnyOrder, notification_type: str) -> Attendees:
    """Return the attendees that a request names, with its placeholder values."""
    part = notifications_pb2.AUDIENCE_ALL
    if request.HasField("audience"):
        part = request.audience
    return Attendees(
        event_id=UUID(request.event_id),
        notification_type=notification_type,
        chosen=sorted({UUID(i) for i in request.attendee_ids}) or None,
        part=enum_name(notifications_pb2.Audience.DESCRIPTOR, part),
        variables=dict(request.variables),
    )


async def with_counts(
    dispatch: Dispatch, message: EventMessage
) -> notifications_pb2.EventNotification:
    """Convert an event message to protobuf.

    Its counts of results stay empty if messaging can't be reached.
    """
    return (await _all_with_counts(dispatch, [message]))[0]


async def _all_with_counts(
    dispatch: Dispatch, messages: Sequence[EventMessage]
) -> Sequence[notifications_pb2.EventNotification]:
    answers = [_without_counts(message) for message in messages]
    if not messages:
        return answers
    try:
        outcomes = await dispatch.outcomes_of([message.id for message in messages])
    except Unavailable:  # the rest is known without messaging
        return answers
    for message, answer in zip(messages, answers, strict=True):
        found = outcomes.get(message.id, Outcomes())
        found = found.with_earlier(message.opted_out_count, message.invalid_count)
        answer.opted_out, answer.invalid = found.opted_out, found.skipped_invalid
        answer.metrics.CopyFrom(metrics_message(answer.id, found))
    return answers


def _without_counts(message: EventMessage) -> notifications_pb2.EventNotification:
    why = reason_message(message.status_reason)
    shown = notifications_pb2.EventNotification(status_message=why)
    return fill(shown, message, **payer_fields(message))
