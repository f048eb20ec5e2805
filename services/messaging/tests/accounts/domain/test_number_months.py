"""The months of a phone number have no gaps between them and don't overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.accounts.domain.number_months import month_at

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=7000)).map(
    lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + passed
)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_every_point_in_time_is_in_exactly_one_month_of_a_phone_number(
    first: datetime, passed: timedelta
) -> None:
    month = month_at(first, first + passed)
    assert month.begins <= first + passed < month.ends
    following = month_at(first, month.ends)
    assert (following.begins, following.period != month.period) == (month.ends, True)
    assert 28 <= (month.ends - month.begins).days <= 31
    assert month_at(first, month.ends - timedelta(microseconds=1)) == month


@pytest.mark.parametrize(
    ("first", "now", "begins", "ends"),
    [
        ("2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-31", "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-11-15", "2027-01-14", "2026-12-15", "2027-01-15"),
        ("2026-11-15", "2026-11-01", "2026-11-15", "2026-12-15"),
    ],
)
def test_each_month_begins_on_the_same_day_or_on_the_last_day_of_a_shorter_month(
    first: str, now: str, begins: str, ends: str
) -> None:
    month = month_at(*(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, now)))
    assert (month.period, f"{month.ends:%Y-%m-%d}") == (begins, ends)
