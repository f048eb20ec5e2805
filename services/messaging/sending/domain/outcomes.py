"""Interpret Twilio's answer to a request to send a message.

Sources: Twilio's error pages 20429 ("never processed and always safe to retry") and 20500 (a
repeated request can send the message twice), and its error dictionary.
"""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from services.messaging.sending.domain.twilio_codes import (
    BAD_CREDENTIALS,
    QUEUE_FULL,
    RECIPIENT_OPTED_OUT,
)

_UNAUTHORISED = 401
# New credentials are valid everywhere after a minute. These attempts take about five minutes.
_SIGN_IN_ATTEMPTS = 10
_TOO_MANY_REQUESTS = 429


class Verdict(Enum):
    """What the result of a request to Twilio means for the message."""

    ACCEPTED = "accepted"
    """The provider has the message."""
    REFUSED = "refused"
    """The provider does not have the message, and will never have it."""
    LATER = "later"
    """The provider does not have the message. Another attempt can succeed."""
    UNKNOWN = "unknown"
    """The provider may have the message. This must be found out before it may be sent again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of the request to send one message.

    `asked`: whether Twilio was asked. A message to an opted-out person is refused without a request
    to Twilio.
    """

    message_id: UUID
    verdict: Verdict
    provider_sid: str | None = None
    error_code: int | None = None
    asked: bool = True

    @property
    def opted_out(self) -> bool:
        """Whether the message was refused because the recipient has opted out."""
        return self.verdict is Verdict.REFUSED and self.error_code == RECIPIENT_OPTED_OUT


def outcome_of_answer(
    message_id: UUID, http_status: int, code: int | None, sid: str | None, attempts: int = 1
) -> Outcome:
    """Return the outcome that a response of Twilio means.

    Args:
        message_id: The message.
        http_status: The status of the response.
        code: Twilio's error code, if there is one.
        sid: The SID that Twilio gave to the message, if there is one.
        attempts: How often the message was tried, including this time.
    """
    if 200 <= http_status < 300:
        if sid is None:  # accepted, but the answer was cut off before the SID
            return Outcome(message_id, Verdict.UNKNOWN)
        return Outcome(message_id, Verdict.ACCEPTED, sid)
    if http_status == _TOO_MANY_REQUESTS or code == QUEUE_FULL:
        return Outcome(message_id, Verdict.LATER, error_code=code)
    if http_status == _UNAUTHORISED and attempts < _SIGN_IN_ATTEMPTS:
        return Outcome(message_id, Verdict.LATER, error_code=BAD_CREDENTIALS)
    if http_status >= 500:
        return Outcome(message_id, Verdict.UNKNOWN, error_code=code)
    return Outcome(message_id, Verdict.REFUSED, error_code=code)


def retry_delay(attempts: int) -> float:
    """Return the seconds until a message that Twilio did not process is tried again.

    The pauses are 0.5, 1, 2, ... up to 60 seconds.
    """
    return float(min(60.0, 0.25 * 2**attempts))
