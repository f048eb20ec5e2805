"""The five statuses that event organizers see, from the statuses of messages.

The names of the statuses are from the specification of the SMS history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SmsStatus = str
"""The status of a message as organizers see it."""

_SHOWN_AS: Mapping[str, SmsStatus] = {
    "pending": "queued",
    "sending": "queued",
    "unknown": "queued",
    "queued": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "cancelled": "failed",
}


@dataclass(frozen=True, slots=True)
class ShownCounts:
    """Counts of messages by status. Each message is in exactly one of the five counts."""

    queued: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    undelivered: int = 0

    @property
    def total(self) -> int:
        """The count of all messages."""
        return self.pending + self.delivered + self.all_failed

    @property
    def pending(self) -> int:
        """The count of messages that are in progress."""
        return self.queued + self.sent

    @property
    def all_failed(self) -> int:
        """The count of messages that will not arrive."""
        return self.failed + self.undelivered

    @property
    def delivery_rate(self) -> float:
        """The delivered part (0 to 1) of the messages with a known result. 0 if there are none."""
        known = self.delivered + self.all_failed
        return self.delivered / known if known else 0.0


def shown_as(status: str) -> SmsStatus:
    """Return the status that organizers see for a message's status."""
    return _SHOWN_AS[status]


def count_shown(counts: Iterable[tuple[str, int]]) -> ShownCounts:
    """Convert counts by message status into counts by the status that organizers see."""
    shown = dict.fromkeys(("queued", "sent", "delivered", "failed", "undelivered"), 0)
    for status, count in counts:
        shown[_SHOWN_AS[status]] += count
    return ShownCounts(**shown)
