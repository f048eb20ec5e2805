"""Convert terms from and to protobuf."""

from services.campaigns.common.domain.terms import Terms
from smsblaster.billing.v1 import payers_pb2
from smsblaster.messaging.v1 import quote_pb2


def terms_of(message: quote_pb2.SendingTerms) -> Terms:
    """Convert terms from their protobuf message."""
    has_limit = message.HasField("max_price_cents_per_message")
    return Terms(
        cents_per_segment=dict(message.cents_per_segment),
        smart_encoding=message.smart_encoding,
        allowed_countries=list(message.allowed_countries),
        max_price_cents_per_message=message.max_price_cents_per_message if has_limit else None,
        price_version=message.price_version,
        payer=_payer(message),
        cents_per_mms=dict(message.cents_per_mms),
    )


def _payer(message: quote_pb2.SendingTerms) -> str:
    shared = message.payer == payers_pb2.PAYER_ORGANISATION
    return "organisation" if shared else "member"


def terms_message(terms: Terms | None) -> quote_pb2.SendingTerms | None:
    """Convert terms to their protobuf message. None stays None."""
    if terms is None:
        return None
    return quote_pb2.SendingTerms(**terms.to_store(), cents_per_mms=terms.cents_per_mms)
