"""Messages before they are accepted: their recipient, size and price, and who pays."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from servicekit.errors import InvalidInput
from services.messaging.sending.domain.send_options import NO_OPTIONS, SendOptions

MAX_BODY_CHARACTERS = 1600
"""Twilio's limit of characters in a message (error 21617)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An outgoing message that is to be stored and charged.

    Attributes:
        price_cents: The price in cents.
        operation_id: The id of this message within the client's operation, if there is one.
        from_number: The phone number to send the message from; None lets Twilio choose.
        time_zone: The recipient's time zone, if one is stored with the contact.
        attendee_id: The attendee who is the recipient, if it is an event message.
        retry_of: The id of the first attempt at the message, if this is a later attempt.
        smart_encoded: Whether the segments were counted after smart encoding, so that Twilio must
            encode the message in the same way.
        media_urls: The URLs of the message's pictures, from which Twilio fetches them.
        options: The options that the customer has set, such as a reference.
        valid_until: Until when the message may be sent; None means: as many seconds from now as
            `options` says.
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
    media_urls: tuple[str, ...] = ()
    options: SendOptions = NO_OPTIONS
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a message, the URLs of its pictures, and the options set by the customer."""

    body: str
    media_urls: tuple[str, ...] = ()
    options: SendOptions = NO_OPTIONS

    @property
    def has_pictures(self) -> bool:
        """Whether the message has pictures and is sent as an MMS."""
        return bool(self.media_urls)


@dataclass(frozen=True, slots=True)
class EventPurpose:
    """The event that an event message is about, and the type of the message."""

    event_id: UUID
    notification_type: str


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for messages, and the campaign and the event that they belong to, if any.

    Attributes:
        user_id: The user who pays, or the organisation's id for its own balance.
        by_setting: Whether billing decides, by the organisation's setting, who pays: the user or
            the organisation.
        by_user_id: The user who caused the messages, if it is not `user_id`.
    """

    org_id: UUID
    user_id: UUID
    campaign_id: UUID | None = None
    purpose: EventPurpose | None = None
    by_setting: bool = field(default=False, kw_only=True)
    by_user_id: UUID | None = field(default=None, kw_only=True)
    campaign_name: str = field(default="", kw_only=True)


def check_length(field: str, body: str) -> None:
    """Raise `InvalidInput` (message_too_long) if `body` is longer than the provider accepts."""
    if len(body) > MAX_BODY_CHARACTERS:
        raise InvalidInput.of(
            field,
            f"has {len(body)} characters; shorten it to at most {MAX_BODY_CHARACTERS}",
            "message_too_long",
        )
