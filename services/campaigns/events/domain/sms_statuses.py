"""What event organizers see of a text's state: five words for all that a message can be.

The words are those of the specification of the SMS history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SmsStatus = str
"""queued, sent, delivered, failed or undelivered."""

_SEEN_AS: Mapping[str, SmsStatus] = {
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
class Figures:
    """Texts counted. Each is in exactly one of the five."""

    queued: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    undelivered: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.delivered + self.all_failed

    @property
    def pending(self) -> int:
        """Those that are under way."""
        return self.queued + self.sent

    @property
    def all_failed(self) -> int:
        """Those that will not arrive, wherever they were stopped."""
        return self.failed + self.undelivered

    @property
    def delivery_rate(self) -> float:
        """The part of those whose fate is known that arrived; 0 where none is known."""
        known = self.delivered + self.all_failed
        return self.delivered / known if known else 0.0


def seen_as(status: str) -> SmsStatus:
    """The word for a message's status."""
    return _SEEN_AS[status]


def figures(counts: Iterable[tuple[str, int]]) -> Figures:
    """Messages counted by their status, as they are seen."""
    seen = dict.fromkeys(("queued", "sent", "delivered", "failed", "undelivered"), 0)
    for status, count in counts:
        seen[_SEEN_AS[status]] += count
    return Figures(**seen)
