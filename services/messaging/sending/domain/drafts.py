"""Messages before they are accepted: what they take and cost, and who pays."""

from dataclasses import dataclass, field
from uuid import UUID

from servicekit.errors import InvalidInput

MAX_BODY_CHARACTERS = 1600
"""Twilio's limit (error 21617)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An outgoing message that is to be stored and charged.

    Attributes:
        price_cents: The price in cents.
        operation_id: The part of the client's operation that this message is, if there is one.
        from_number: The number to send it from; None lets Twilio choose.
        time_zone: The recipient's own, if it is stored with the contact.
        attendee_id: The event's attendee that the recipient is.
        retry_of: The first attempt at the event message, if this is a later one.
        smart_encoded: Whether it was counted with look-alikes replaced, and must be sent like that.
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
class EventPurpose:
    """What an event message is for: the event, and the type of the message."""

    event_id: UUID
    notification_type: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for messages, and the campaign and the event that they belong to, if any."""

    org_id: UUID
    user_id: UUID
    campaign_id: UUID | None = None
    purpose: EventPurpose | None = None


def check_length(field: str, body: str) -> None:
    """Raise `InvalidInput` message_too_long if the provider would refuse the length of a text."""
    if len(body) > MAX_BODY_CHARACTERS:
        raise InvalidInput.of(
            field,
            f"has {len(body)} characters; shorten it to at most {MAX_BODY_CHARACTERS}",
            "message_too_long",
        )
