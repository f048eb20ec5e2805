"""Convert terms to the protobuf message `SendingTerms`, and back."""

from services.messaging.sending.domain.limits import Limits
from services.messaging.sending.domain.terms import Terms
from smsblaster.messaging.v1 import quote_pb2


def terms_message(terms: Terms) -> quote_pb2.SendingTerms:
    """Convert `terms` to protobuf. The caller stores them when a user confirms them."""
    limits = terms.limits
    return quote_pb2.SendingTerms(
        cents_per_segment=terms.cents_per_segment,
        smart_encoding=terms.smart_encoding,
        allowed_countries=sorted(limits.allowed_countries),
        max_price_cents_per_message=limits.max_price_cents,
        price_version=terms.price_version,
        cents_per_mms=terms.cents_per_mms,
    )


def terms_of(message: quote_pb2.SendingTerms) -> Terms:
    """Convert the terms that a user has confirmed from protobuf."""
    has_limit = message.HasField("max_price_cents_per_message")
    return Terms(
        dict(message.cents_per_segment),
        message.smart_encoding,
        Limits(
            frozenset(message.allowed_countries),
            message.max_price_cents_per_message if has_limit else None,
        ),
        dict(message.cents_per_mms),
    )
