"""Messages that a sender has claimed, and whether they may still be sent."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from servicekit.outbound.deadlines import Deadline
from services.messaging.sending.domain.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send.

    Attributes:
        attempts: How often it was tried, including this time.
        from_number: A number of the messaging service; None leaves the choice to the service.
        campaign_id: The message's campaign, if it has one.
        smart_encoded: Whether Twilio applies smart encoding, as the message was counted and
            charged; None leaves that to the service's own setting.
        media_urls: The URLs of the message's pictures.
        expiry: The last moment at which the request may begin; None sets no limit.
        waited_seconds: For how long it had waited for its organisation's turn when it was claimed.
        traceparent: Its trace, if that is sampled and not the trace of the current work.
    """

    id: UUID
    to: str
    body: str
    attempts: int
    from_number: str | None = None
    campaign_id: UUID | None = None
    smart_encoded: bool | None = None
    media_urls: tuple[str, ...] = ()
    expiry: Deadline | None = None
    waited_seconds: float = 0.0
    traceparent: str | None = None

    @property
    def has_expired(self) -> bool:
        """Whether the message may no longer be sent."""
        return self.expiry is not None and self.expiry.has_passed


def expiry_of(valid_seconds: float | None) -> Deadline | None:
    """Return the deadline in `valid_seconds` from now, or None if there is no limit.

    The database has computed the seconds by its own clock.
    """
    return None if valid_seconds is None else Deadline.after(valid_seconds)


class Clearance(Protocol):
    """Decides whether the messages of a batch may still be sent."""

    async def outcome_of(self, message: Outgoing) -> Outcome | None:
        """Return the outcome of a message that must not be sent now; None if it may be sent."""

    def allows(self, message: Outgoing) -> bool:
        """Whether the request for a message may begin now."""
