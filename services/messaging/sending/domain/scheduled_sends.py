"""Scheduled sends: texts, batches and replies that are sent at a given time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from servicekit.errors import Conflict, InvalidInput
from servicekit.future import require_within_two_years
from servicekit.phones import Phone
from services.messaging.sending.domain.batches import SAME_TEXT, OwnText
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.send_options import NO_OPTIONS, SendOptions

SHORTEST_WAIT = timedelta(minutes=1)
"""The shortest time between a request and its send.

With less time, nobody could cancel the send, and the request of a client whose clock is slow would
come too late.
"""

MEMBER_REMOVED = "member_removed"

CONTACT_DELETED = Refusal("contact_not_found", "The contact was deleted.")

NOT_SCHEDULED = Refusal(
    "not_scheduled",
    "This request was scheduled before, when this recipient could not be texted. Send the recipient"
    " a new request.",
)

HELD_MESSAGES: Mapping[str, str] = {
    "insufficient_balance": "The balance does not cover all texts. Add funds and resume.",
    "daily_spend_cap_reached": (
        "Your organisation has reached its daily spending limit. Resume tomorrow (UTC), or ask an"
        " admin to raise the limit."
    ),
    "no_sender": "You have no number to send from. Buy a number and resume.",
    "account_suspended": "Sending is suspended for your account. Contact support.",
    "unregistered_sender": (
        "US carriers refuse texts from unregistered numbers. Register your number and resume."
    ),
    MEMBER_REMOVED: (
        "The member who scheduled this text was removed. Whoever resumes the text takes it over"
        " and pays for it."
    ),
}
"""For each reason why a send is held: an explanation, and what to do next."""


class ScheduledKind(StrEnum):
    """The kind of a scheduled send, as it is stored and as the contract names it."""

    TEXT = "text"
    BATCH = "batch"
    REPLY = "reply"


class ScheduledStatus(StrEnum):
    """The status of a scheduled send, as it is stored and as the contract names it."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class When:
    """The time at which a user wants a text to be sent.

    `respect_quiet_hours`: if that time is in a recipient's quiet hours, the text waits until they
    end.
    """

    send_at: datetime
    respect_quiet_hours: bool


@dataclass(frozen=True, slots=True)
class LaterRecipient:
    """A recipient of a request to send later: the number as it was given, and as parsed."""

    number: str
    phone: Phone
    own: OwnText = SAME_TEXT


@dataclass(frozen=True, slots=True)
class SendLater:
    """A request to send `body` later.

    Attributes:
        payer: The organisation, and the user who pays.
        kind: What kind of request it is.
        when: The time.
        body: The text.
        recipients: The recipients, by their positions in the request.
        refused: Why recipients get no text, if that is known, by their positions.
        media_urls: The URLs of the text's pictures.
        options: The options that the customer has set, such as a reference.
        from_number: The number to send from; None lets Twilio choose.
        price_version: The quote that must still be valid, if there was one.
    """

    payer: Payer
    kind: ScheduledKind
    when: When
    body: str
    recipients: Mapping[int, LaterRecipient]
    media_urls: tuple[str, ...] = ()
    options: SendOptions = NO_OPTIONS
    from_number: str | None = None
    price_version: str | None = None
    refused: Mapping[int, Refusal] = field(default_factory=dict)

    def body_to(self, recipient: LaterRecipient) -> str:
        """Return the text that a recipient gets."""
        return recipient.own.body or self.body


@dataclass(frozen=True, slots=True)
class ScheduledRecipient:
    """A recipient of a scheduled send who has not been texted yet.

    `position` is the recipient's position in the request. `number` is the number as it was given,
    `phone` the same in E.164 format. `smart_encoded`: whether the segments were counted after smart
    encoding. `price_cents` was confirmed, and is charged when the message is sent. `own_body`,
    `reference` and `metadata` are the recipient's own; those that are None are those of the send.
    """

    position: int
    number: str
    phone: str
    contact_id: UUID
    segments: int
    price_cents: int
    smart_encoded: bool
    own_body: str | None = None
    reference: str | None = None
    metadata: Mapping[str, str] | None = None

    @property
    def own(self) -> OwnText:
        """The text, reference and metadata that the recipient gets instead of the send's."""
        return OwnText(self.own_body, self.reference, self.metadata or {})


@dataclass(frozen=True, slots=True)
class ScheduledSend:
    """A scheduled send as it is stored.

    `due_at` is when the next turn of sending is due. `to`, `contact_id` and `segments` are those of
    the first recipient. `price_cents` is the price of all messages together. Each recipient is
    waiting, sent or refused. The messages may be sent for `valid_for` seconds after `send_at`.
    """

    id: UUID
    org_id: UUID
    user_id: UUID
    kind: ScheduledKind
    status: ScheduledStatus
    status_reason: str | None
    body: str
    media_urls: Sequence[str]
    from_number: str | None
    send_at: datetime
    due_at: datetime
    respect_quiet_hours: bool
    created_at: datetime
    to: str
    contact_id: UUID | None
    segments: int
    price_cents: int
    recipient_count: int
    waiting_count: int
    sent_count: int
    refused_count: int
    reference: str | None
    metadata: Mapping[str, str] | None
    valid_for: int | None

    @property
    def valid_until(self) -> datetime | None:
        """Until when the messages may be sent. None if there is no limit."""
        return self.send_at + timedelta(seconds=self.valid_for) if self.valid_for else None

    @property
    def is_batch(self) -> bool:
        """Whether the scheduled send may have more than one recipient."""
        return self.kind is ScheduledKind.BATCH

    @property
    def accepted_count(self) -> int:
        """How many recipients have been texted or are still to be texted."""
        return self.waiting_count + self.sent_count

    @property
    def deferred_until(self) -> datetime | None:
        """When the text is sent, if its time has passed and quiet hours defer it.

        Otherwise None.
        """
        is_deferred = self.status is ScheduledStatus.SCHEDULED and self.due_at > self.send_at
        return self.due_at if is_deferred else None

    @property
    def status_message(self) -> str | None:
        """An explanation for users of why the scheduled send is held, and what to do next."""
        return HELD_MESSAGES.get(self.status_reason or "")


def require_future(when: When, now: datetime) -> None:
    """Raise `InvalidInput` unless the time is between a minute and two years after `now`."""
    if when.send_at < now + SHORTEST_WAIT:
        raise InvalidInput.of(
            "sendAt",
            "Must be at least a minute from now. To send the text now, leave `sendAt` out.",
            "send_at_too_soon",
        )
    require_within_two_years(when.send_at, now, "sendAt")


def require_time(send_at: datetime | None, respect_quiet_hours: bool) -> When | None:
    """Return the send time of a request, if it has one.

    Raises:
        InvalidInput: The request sets the option for quiet hours but has no send time.
    """
    if send_at is not None:
        return When(send_at, respect_quiet_hours)
    if respect_quiet_hours:
        raise InvalidInput.of(
            "respectQuietHours",
            "Only possible with `sendAt`. A text without `sendAt` is sent at once.",
        )
    return None


def already_sent() -> Conflict:
    """Return the error for cancelling a scheduled send whose sending has begun or ended."""
    return Conflict(
        "This text is being sent or has been sent, so it can't be cancelled.", "already_sent"
    )


def not_held() -> Conflict:
    """Return the error for a scheduled send that can't be resumed, because it is not held."""
    return Conflict("Only a held text can be resumed. This one is not held.", "not_held")
