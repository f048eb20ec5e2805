"""Messages before they are accepted: what they will take and cost."""

from dataclasses import dataclass, field
from uuid import UUID

MAX_BODY_CHARACTERS = 1600
"""Twilio's limit (error 21617)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An outgoing message that is to be stored and charged. Prices are in cents.

    ``operation_id`` is the part of the client's operation that it is, if there is one;
    ``from_number`` the sender that it must go out from, where the provider is not to choose;
    ``time_zone`` the recipient's own, where contacts know it; ``attendee_id`` the event's attendee
    that the recipient is; ``retry_of`` the first attempt at the text, where this is a later one.
    ``smart_encoded``: it was counted with look-alikes replaced, and must be sent like that.
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
    attendee_id: UUID | None = None
    retry_of: UUID | None = None
    smart_encoded: bool = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why attendees are texted: their event, and what the text is about."""

    event_id: UUID
    notification_type: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for messages, and the campaign and the occasion that they belong to, if any."""

    org_id: UUID
    user_id: UUID
    campaign_id: UUID | None = None
    occasion: Occasion | None = None
