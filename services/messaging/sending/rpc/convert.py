"""Rows to the contract's messages, where more than one file needs it."""

from sqlalchemy import RowMapping

from servicekit.rpc.messages import fill
from services.messaging.common.domain.provider_errors import explain
from smsblaster.messaging.v1 import messages_pb2


def message_of(row: RowMapping) -> messages_pb2.Message:
    """A message, with its error explained; as it was stored, where it was."""
    message = fill(messages_pb2.Message(), row)
    explanation = explain(row["error_code"])
    if explanation:
        message.error_title = explanation.title
        message.error_message = row["error_message"] or explanation.description
        message.retryable = explanation.retryable
    return message
