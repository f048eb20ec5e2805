"""A call that failed is made again after growing pauses, for some days."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.webhooks.delivery.domain.schedule import (
    PAUSES,
    pause_after,
    seconds_of_retry_after,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_pauses_between_calls_grow_from_seconds_to_a_day_over_about_three_days() -> None:
    pauses = [pause_after(tries, 0.5) for tries in range(1, len(PAUSES) + 1)]
    assert pauses == list(PAUSES) == sorted(PAUSES)
    assert (PAUSES[0], PAUSES[-1]) == (5.0, 86_400.0)
    assert 2.5 < sum(PAUSES) / 86_400 < 3.5


def test_after_the_last_pause_there_is_no_further_call() -> None:
    assert pause_after(len(PAUSES) + 1, 0.5) is None


def test_calls_that_failed_together_are_made_again_at_different_times() -> None:
    assert (pause_after(1, 0.0), pause_after(1, 1.0)) == (4.0, 6.0)


def test_an_endpoint_can_ask_for_a_longer_pause_up_to_a_day() -> None:
    assert pause_after(1, 0.5, 90.0) == 90.0
    assert pause_after(1, 0.5, 1.0) == 5.0
    assert pause_after(1, 0.5, 1e9) == 86_400.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0.0),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 +" + "9" * 20, None),
        ("", None),
        (None, None),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert seconds_of_retry_after(header, NOW) == seconds
