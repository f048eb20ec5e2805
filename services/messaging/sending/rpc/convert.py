"""Convert scheduled sends to protobuf messages, and read what requests contain."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp

from servicekit import identity
from servicekit.rpc.messages import fill
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.recipients import RefusedNumber
from services.messaging.sending.domain.scheduled_sends import ScheduledSend, When, require_time
from services.messaging.sending.domain.send_options import SendOptions
from smsblaster.messaging.v1 import batches_pb2, dispatch_pb2, inbox_pb2, messages_pb2

OptionsRequest: TypeAlias = (
    messages_pb2.SendMessageRequest
    | messages_pb2.SendBatchRequest
    | batches_pb2.SendTextsRequest
    | inbox_pb2.ReplyRequest
    | dispatch_pb2.SubmitChunkRequest
)


def options_of(request: OptionsRequest) -> SendOptions:
    """Return the options that a request sets for its messages."""
    reference, metadata = request.reference or None, dict(request.metadata)
    if isinstance(request, dispatch_pb2.SubmitChunkRequest):
        return SendOptions(reference, metadata)
    return SendOptions(reference, metadata, request.from_number or None, request.valid_for or None)


def content_of(
    request: messages_pb2.SendMessageRequest
    | messages_pb2.SendBatchRequest
    | batches_pb2.SendTextsRequest,
    body: str,
) -> Content:
    """Return the text of a request, with its pictures and the options that the request sets."""
    return Content(body, tuple(request.media_urls), options_of(request))


def payer() -> Payer:
    """Return who pays for what the caller sends."""
    caller = identity.current()
    return Payer(caller.require_org(), caller.require_user(), by_setting=True)


def scheduled_message(send: ScheduledSend) -> messages_pb2.Message:
    """Convert a scheduled text or reply to the protobuf of the message that it will be."""
    return fill(
        messages_pb2.Message(),
        send,
        direction="out",
        status="scheduled",
        scheduled_id=send.id,
        media_count=len(send.media_urls),
        from_number=None,
    )


def batch_errors(refused: Sequence[RefusedNumber]) -> Sequence[messages_pb2.BatchError]:
    """Convert the phone numbers that get no text to protobuf, with the reasons."""
    return [
        messages_pb2.BatchError(to=number, code=why.code, message=why.message)
        for number, why in refused
    ]


def time_of(send_at: Timestamp | None, respect_quiet_hours: bool) -> When | None:
    """Return the time at which a request wants its text to be sent, or None for now.

    Raises:
        InvalidInput: The request sets the option for quiet hours but has no send time.
    """
    moment: datetime | None = send_at.ToDatetime(UTC) if send_at else None
    return require_time(moment, respect_quiet_hours)
