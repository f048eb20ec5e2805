"""Convert stored messages to protobuf."""

from servicekit.rpc.messages import fill
from services.messaging.common.domain.provider_errors import explain
from services.messaging.sending.domain.messages import Message
from smsblaster.messaging.v1 import messages_pb2


def message_of(stored: Message) -> messages_pb2.Message:
    """Convert a message to protobuf.

    If an explanation was stored with its error, that one is used.
    """
    message = fill(messages_pb2.Message(), stored)
    explanation = explain(stored.error_code)
    if explanation:
        message.error_title = explanation.title
        message.error_message = stored.error_message or explanation.description
        message.retryable = explanation.retryable
    return message
