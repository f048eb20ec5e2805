"""``EventNotificationService``."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.reasons import reason_message
from services.campaigns.campaigns.domain.recipients import Attendees
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.usecases.cancel_campaign import cancel_campaign
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.events.rpc.event_texts import list_texts, set_text, source_of
from services.campaigns.events.storage import event_messages
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases.resume_event_message import resume_event_message
from services.campaigns.events.usecases.send_event_message import (
    EventMessageOrder,
    send_event_message,
)
from smsblaster.events.v1 import notifications_pb2, notifications_pb2_grpc, question_sets_pb2

AnyQuestionNotice = (
    question_sets_pb2.NotifyQuestionSetRequest | question_sets_pb2.PublishQuestionSetRequest
)
AnyNotice = notifications_pb2.NotifyRequest | AnyQuestionNotice


class EventNotificationRpc(notifications_pb2_grpc.EventNotificationServiceServicer):
    """Texts attendees."""

    def __init__(self, database: Database, cursors: CursorCodec, dispatch: Dispatch) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch

    async def Notify(
        self, request: notifications_pb2.NotifyRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Text an event's attendees."""
        kind = enum_name(
            notifications_pb2.EventNotificationType.DESCRIPTOR, request.notification_type
        )
        notice = EventMessageOrder(attendees_of(request, kind), source_of(request))
        row = await send_event_message(self._database, self._dispatch, notice)
        return await notification(self._dispatch, row)

    async def ListEventNotifications(
        self, request: notifications_pb2.ListEventNotificationsRequest, context: Context
    ) -> notifications_pb2.ListEventNotificationsResponse:
        """A page of an event's notifications."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        org_id, limit = event["org_id"], request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await event_messages.page(connection, org_id, event["id"], limit + 1, before)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return notifications_pb2.ListEventNotificationsResponse(
            items=await _notifications(self._dispatch, rows), next_cursor=next_cursor
        )

    async def GetEventNotification(
        self, request: notifications_pb2.GetEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """One notification."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        return await self._found(event, UUID(request.notification_id))

    async def ResumeEventNotification(
        self, request: notifications_pb2.ResumeEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Go on with a paused notification."""
        row = await resume_event_message(
            self._database, self._dispatch, UUID(request.event_id), UUID(request.notification_id)
        )
        return await notification(self._dispatch, row)

    async def CancelEventNotification(
        self, request: notifications_pb2.CancelEventNotificationRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """End a notification."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        wanted = UUID(request.notification_id)
        await cancel_campaign(self._database, self._dispatch, event["org_id"], wanted, event["id"])
        return await self._found(event, wanted)

    async def ListTexts(
        self, request: notifications_pb2.ListTextsRequest, context: Context
    ) -> notifications_pb2.ListTextsResponse:
        """What an event's notifications say."""
        return await list_texts(self._database, request)

    async def SetText(
        self, request: notifications_pb2.SetTextRequest, context: Context
    ) -> notifications_pb2.NotificationText:
        """Give a type a text of the event's own, or take it away."""
        return await set_text(self._database, request)

    async def _found(
        self, event: RowMapping, notification_id: UUID
    ) -> notifications_pb2.EventNotification:
        row = await event_messages.get(
            self._database, event["org_id"], event["id"], notification_id
        )
        return await notification(self._dispatch, row)


def attendees_of(request: AnyNotice, notification_type: str) -> Attendees:
    """Whom a request is for, with the values that it gives."""
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


async def notification(dispatch: Dispatch, row: RowMapping) -> notifications_pb2.EventNotification:
    """A notification, with whom it has passed over so far."""
    return (await _notifications(dispatch, [row]))[0]


async def _notifications(
    dispatch: Dispatch, rows: Sequence[RowMapping]
) -> Sequence[notifications_pb2.EventNotification]:
    answers = [_known_without_messaging(row) for row in rows]
    if not rows:
        return answers
    try:
        outcomes = await dispatch.outcomes_of([row["id"] for row in rows])
    except Unavailable:  # the rest is known without messaging
        return answers
    for row, answer in zip(rows, answers, strict=True):
        found = outcomes.get(row["id"], Outcomes())
        found = found.with_earlier(row["opted_out_count"], row["invalid_count"])
        answer.opted_out, answer.invalid = found.opted_out, found.skipped_invalid
    return answers


def _known_without_messaging(row: RowMapping) -> notifications_pb2.EventNotification:
    message = reason_message(row["status_reason"])
    return fill(notifications_pb2.EventNotification(status_message=message), row)
