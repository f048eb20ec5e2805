"""How fast a running campaign is sent, and when it will probably end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.campaigns.common.domain.metrics import Outcomes

_SHORTEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PaceSample:
    """How many messages had been sent by a moment that is `seconds` before `now`."""

    sent: int
    seconds: float
    now: datetime


def messages_per_minute(sample: PaceSample | None, outcomes: Outcomes | None) -> float | None:
    """Return the messages per minute since `sample`, or None if that can't be computed."""
    if sample is None or outcomes is None or sample.seconds < _SHORTEST_SECONDS:
        return None
    return max(0, outcomes.tried - sample.sent) * 60 / sample.seconds


def expected_end(
    sample: PaceSample | None, outcomes: Outcomes | None, not_planned: int | None
) -> datetime | None:
    """Return when the last message will probably be sent, or None if that can't be computed.

    `not_planned` is the count of recipients for whom there is no message yet, None if unknown.
    """
    pace = messages_per_minute(sample, outcomes)
    if not pace or sample is None or outcomes is None or not_planned is None:
        return None
    left = outcomes.pending + not_planned
    return sample.now + timedelta(minutes=left / pace)
