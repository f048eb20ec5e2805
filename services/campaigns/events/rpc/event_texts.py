"""Convert the texts of event messages from and to protobuf."""

from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from services.campaigns.campaigns.domain.drafts import TextSource, one_text
from services.campaigns.events.domain.event_texts import EventText
from smsblaster.events.v1 import notifications_pb2, question_sets_pb2

AnyText = (
    notifications_pb2.SetTextRequest
    | notifications_pb2.NotifyRequest
    | notifications_pb2.QuoteNotificationRequest
    | question_sets_pb2.NotifyQuestionSetRequest
    | question_sets_pb2.PublishQuestionSetRequest
)
"""A request that may have a text or a template."""


def source_of(request: AnyText) -> TextSource | None:
    """Return the text of a request, if it has any. A message is preferred to a template."""
    message = request.message if request.HasField("message") else None
    template_id = parse_id(request.template_id)
    return one_text(message, template_id) if message or template_id else None


def text_message(text: EventText) -> notifications_pb2.NotificationText:
    """Write a text as a protobuf message."""
    is_written = isinstance(text.source, str)
    return fill(
        notifications_pb2.NotificationText(is_default=text.is_default),
        {
            "notification_type": text.notification_type,
            "message": text.source if is_written else None,
            "template_id": None if is_written else text.source,
            "version": text.version,
        },
    )
