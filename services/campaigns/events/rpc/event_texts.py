"""What ``EventNotificationService`` answers about texts, not about who gets them."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from services.campaigns.campaigns.domain.drafts import TextSource, one_text
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases import event_texts
from services.campaigns.events.usecases.event_texts import EventText
from smsblaster.events.v1 import notifications_pb2, question_sets_pb2

AnyText = (
    notifications_pb2.SetTextRequest
    | notifications_pb2.NotifyRequest
    | question_sets_pb2.NotifyQuestionSetRequest
    | question_sets_pb2.PublishQuestionSetRequest
)
"""A message that may give a text or a template."""

_TYPES = notifications_pb2.EventNotificationType.DESCRIPTOR


async def list_texts(
    database: Database, request: notifications_pb2.ListTextsRequest
) -> notifications_pb2.ListTextsResponse:
    """The texts of an event's notifications, one for each type."""
    event = await load_event(database, UUID(request.event_id), "view")
    texts = await event_texts.texts_of(database, event)
    return notifications_pb2.ListTextsResponse(items=[_text(text) for text in texts])


async def set_text(
    database: Database, request: notifications_pb2.SetTextRequest
) -> notifications_pb2.NotificationText:
    """Set an event's own text for a type, or have the platform's hold again."""
    source = source_of(request)
    event = await load_event(database, UUID(request.event_id), "curate")
    notification_type = enum_name(_TYPES, request.notification_type)
    return _text(await event_texts.set_text(database, event, notification_type, source))


def source_of(request: AnyText) -> TextSource | None:
    """The text that is given, if any; the message where a template is given as well."""
    message = request.message if request.HasField("message") else None
    template_id = parse_id(request.template_id)
    return one_text(message, template_id) if message or template_id else None


def _text(text: EventText) -> notifications_pb2.NotificationText:
    message, template_id = (
        (text.source, None) if isinstance(text.source, str) else (None, text.source)
    )
    return fill(
        notifications_pb2.NotificationText(is_default=text.is_default),
        {
            "notification_type": text.notification_type,
            "message": message,
            "template_id": template_id,
        },
    )
