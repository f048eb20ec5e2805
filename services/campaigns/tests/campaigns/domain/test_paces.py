"""The pace of a running campaign, and the estimated time of its end."""

from datetime import UTC, datetime, timedelta

import pytest

from services.campaigns.campaigns.domain.paces import (
    PaceSample,
    expected_end,
    messages_per_minute,
)
from services.campaigns.common.domain.metrics import Outcomes

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SAMPLE = PaceSample(sent=100, seconds=30.0, now=NOW)
OUTCOMES = Outcomes(sent=150, delivered=50, pending=300)


def test_the_pace_is_computed_from_the_messages_sent_since_the_sample() -> None:
    assert messages_per_minute(SAMPLE, OUTCOMES) == 200


def test_the_estimated_end_is_the_time_at_which_the_last_message_will_be_sent() -> None:
    assert expected_end(SAMPLE, OUTCOMES, not_planned=0) == NOW + timedelta(seconds=90)
    assert expected_end(SAMPLE, OUTCOMES, not_planned=700) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("sample", "outcomes"),
    [
        (None, OUTCOMES),
        (SAMPLE, None),
        (PaceSample(sent=100, seconds=1.0, now=NOW), OUTCOMES),
    ],
)
def test_without_a_sample_or_results_the_pace_is_unknown(
    sample: PaceSample | None, outcomes: Outcomes | None
) -> None:
    assert messages_per_minute(sample, outcomes) is None
    assert expected_end(sample, outcomes, not_planned=0) is None


def test_a_campaign_that_sends_nothing_has_a_pace_of_zero_and_no_expected_end() -> None:
    still = Outcomes(sent=100, pending=10)
    assert messages_per_minute(SAMPLE, still) == 0
    assert expected_end(SAMPLE, still, not_planned=0) is None
    assert expected_end(SAMPLE, OUTCOMES, not_planned=None) is None
