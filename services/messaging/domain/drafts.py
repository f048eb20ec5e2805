"""Messages before they are accepted: what they will take and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from servicekit.segments import segment_count

MAX_BODY_CHARACTERS = 1600
"""Twilio's limit (error 21617)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An outgoing message that is to be stored and charged. Prices are in cents.

    ``operation_id`` is the part of the client's operation that it is, if there is one;
    ``from_number`` the sender that it must go out from, where the provider is not to choose;
    ``time_zone`` the recipient's own, where contacts know it.
    """

    id: UUID
    contact_id: UUID
    phone: str
    body: str
    segments: int
    price_cents: int
    operation_id: UUID | None = None
    from_number: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for messages, and the campaign they belong to, if any."""

    org_id: UUID
    user_id: UUID
    campaign_id: UUID | None = None


def price(body: str, country: str, cents_per_segment: Mapping[str, int]) -> tuple[int, int] | None:
    """Segments and cents of ``body`` to ``country``; None for a country that is not served."""
    cents = cents_per_segment.get(country)
    if cents is None:
        return None
    segments = segment_count(body)
    return segments, segments * cents
