"""The hold of all sending: an operator stops what all organisations send."""

from dataclasses import dataclass
from datetime import datetime

from servicekit.errors import Unavailable


@dataclass(frozen=True, slots=True)
class SendingHold:
    """A hold of all sending: since when, and the operator's reason."""

    since: datetime
    reason: str


def sending_held() -> Unavailable:
    """Return the error for messages that can't be accepted because all sending is held."""
    return Unavailable(
        "All sending is on hold on this platform. Nothing was sent or charged. Try again later.",
        "sending_held",
    )
