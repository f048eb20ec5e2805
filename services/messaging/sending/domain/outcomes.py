"""What an answer of the provider to a message means for the message and the money.

Sources: Twilio's error pages 20429 ("never processed and always safe to retry") and 20500 (a
repeat can send twice), and its error dictionary.
"""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from services.messaging.sending.domain.statuses import OPTED_OUT

NOT_SIGNED_IN = 20003
"""Twilio's code for credentials that it does not take, as when they have just been replaced."""
ACCOUNT_SUSPENDED = 30002
"""Twilio's code for a message of a suspended account."""

_QUEUE_FULL = 21611
_UNAUTHORISED = 401
# Credentials that were replaced are known everywhere after a minute; this is about five.
_SIGN_IN_ATTEMPTS = 10
_TOO_MANY_REQUESTS = 429


class Verdict(Enum):
    """What became of a request to send."""

    ACCEPTED = "accepted"
    """The provider has the message."""
    REFUSED = "refused"
    """The provider does not have it, and never will."""
    LATER = "later"
    """The provider does not have it; trying again can help."""
    UNKNOWN = "unknown"
    """Whether the provider has it must be found out. Never send it again before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the request to send one message.

    ``asked``: the provider was asked. We refuse texts ourselves to people who have opted out.
    """

    message_id: UUID
    verdict: Verdict
    provider_sid: str | None = None
    error_code: int | None = None
    asked: bool = True

    @property
    def opted_out(self) -> bool:
        """Whether it was refused because the recipient has opted out."""
        return self.verdict is Verdict.REFUSED and self.error_code == OPTED_OUT


def judge(
    message_id: UUID, http_status: int, code: int | None, sid: str | None, attempts: int = 1
) -> Outcome:
    """The outcome of an answer: its HTTP status, Twilio's error code and the message's SID.

    ``attempts``: how often the message was tried, this time included.
    """
    if 200 <= http_status < 300:
        if sid is None:  # cut off on its way: accepted, but which message is it?
            return Outcome(message_id, Verdict.UNKNOWN)
        return Outcome(message_id, Verdict.ACCEPTED, sid)
    if http_status == _TOO_MANY_REQUESTS or code == _QUEUE_FULL:
        return Outcome(message_id, Verdict.LATER, error_code=code)
    if http_status == _UNAUTHORISED and attempts < _SIGN_IN_ATTEMPTS:
        return Outcome(message_id, Verdict.LATER, error_code=NOT_SIGNED_IN)
    if http_status >= 500:
        return Outcome(message_id, Verdict.UNKNOWN, error_code=code)
    return Outcome(message_id, Verdict.REFUSED, error_code=code)


def retry_delay(attempts: int) -> float:
    """Seconds until a message that was not processed is tried again: 0.5, 1, 2, ... up to 60."""
    return float(min(60.0, 0.25 * 2**attempts))
