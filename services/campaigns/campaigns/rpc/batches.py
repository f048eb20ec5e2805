"""Read batches from requests to send them and to price them."""

from typing import TypeAlias

from servicekit.ids import parse_id
from services.campaigns.campaigns.domain.batches import BatchRecipient, BatchRequest
from smsblaster.campaigns.v1 import quick_quote_pb2, quick_send_pb2

_Request: TypeAlias = quick_send_pb2.SendBatchRequest | quick_quote_pb2.QuoteTextRequest


def batch_of(request: _Request) -> BatchRequest:
    """Return the batch in a request."""
    return BatchRequest(
        message=request.message if request.HasField("message") else None,
        template_id=parse_id(request.template_id),
        variables=dict(request.variables),
        numbers=list(request.numbers),
        recipients=[*map(_recipient, request.recipients)],
    )


def _recipient(recipient: quick_send_pb2.BatchRecipient) -> BatchRecipient:
    return BatchRecipient(
        to=recipient.to if recipient.HasField("to") else None,
        contact_id=parse_id(recipient.contact_id),
        message=recipient.message if recipient.HasField("message") else None,
        variables=dict(recipient.variables),
        reference=recipient.reference or None,
        metadata=dict(recipient.metadata),
    )
