"""Decide when a campaign pauses because too many messages failed."""

from dataclasses import dataclass

from services.campaigns.common.domain.metrics import Outcomes

LEAST_KNOWN = 50
"""Minimum messages with a final result before the failure rate is compared with the limit."""


@dataclass(frozen=True, slots=True)
class FailureWatch:
    """A campaign's failure limit (0.2 is 20 % of the tried messages), and counts at its last pause.

    `tried`, `failed` and `known` are the counts of messages that were tried, failed or had a final
    result when the campaign last paused for failures. After it was resumed, only later messages
    count.
    """

    limit: float
    tried: int = 0
    failed: int = 0
    known: int = 0


def fails_too_often(outcomes: Outcomes, watch: FailureWatch) -> bool:
    """Return whether a campaign should pause because its `fail_rate` has reached the limit."""
    known = outcomes.known - watch.known
    if known < LEAST_KNOWN:
        return False
    # A message in progress at the pause was counted as tried then, but its result comes later.
    tried = max(outcomes.tried - watch.tried, known)
    return outcomes.all_failed - watch.failed >= watch.limit * tried
