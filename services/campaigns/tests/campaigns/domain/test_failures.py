"""The failure rate at which a campaign pauses."""

import pytest

from services.campaigns.campaigns.domain.failures import LEAST_KNOWN, FailureWatch, fails_too_often
from services.campaigns.common.domain.metrics import Outcomes


@pytest.mark.parametrize(
    ("outcomes", "pauses"),
    [
        (Outcomes(), False),
        (Outcomes(failed=LEAST_KNOWN - 1), False),
        (Outcomes(failed=LEAST_KNOWN), True),
        (Outcomes(delivered=26, undelivered=24), False),
        (Outcomes(delivered=25, undelivered=25), True),
        # Refusals come at once and deliveries later, so messages on their way count as tried.
        (Outcomes(queued=940, delivered=0, failed=60), False),
        # A recipient who opted out meanwhile is not a failure.
        (Outcomes(failed=60, stopped=60), False),
        (Outcomes(cancelled=60, failed=10), False),
    ],
)
def test_a_campaign_pauses_at_its_limit_of_failures(outcomes: Outcomes, pauses: bool) -> None:
    assert fails_too_often(outcomes, FailureWatch(0.5)) == pauses


def test_after_a_resume_only_later_messages_count_towards_the_failure_limit() -> None:
    watch = FailureWatch(0.5, tried=100, failed=100, known=100)
    assert not fails_too_often(Outcomes(failed=100), watch)
    assert not fails_too_often(Outcomes(failed=100, delivered=60), watch)
    assert fails_too_often(Outcomes(failed=160, delivered=10), watch)


def test_messages_in_progress_at_the_pause_count_once_their_result_is_known() -> None:
    watch = FailureWatch(0.5, tried=1000, failed=100, known=100)
    assert not fails_too_often(Outcomes(failed=100, delivered=850, undelivered=50), watch)
    assert fails_too_often(Outcomes(failed=100, delivered=450, undelivered=450), watch)
