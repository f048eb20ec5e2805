"""When a campaign fails so often that it should pause by itself."""

from dataclasses import dataclass

from services.campaigns.common.domain.metrics import Outcomes

LEAST_KNOWN = 50
"""Texts whose fate is known before anything is concluded from it."""


@dataclass(frozen=True, slots=True)
class FailureWatch:
    """What to look at: pause where ``limit`` (0 to 1) of what was tried has failed.

    ``tried``, ``failed`` and ``known`` are the figures at the last such pause: a campaign that
    was resumed is judged by what came after.
    """

    limit: float
    tried: int = 0
    failed: int = 0
    known: int = 0


def fails_too_often(outcomes: Outcomes, watch: FailureWatch) -> bool:
    """Whether a campaign should pause. The rate is that of its metrics, ``fail_rate``."""
    known = outcomes.known - watch.known
    if known < LEAST_KNOWN:
        return False
    # What was under way at the pause was tried before it, and becomes known after it.
    tried = max(outcomes.tried - watch.tried, known)
    return outcomes.all_failed - watch.failed >= watch.limit * tried
