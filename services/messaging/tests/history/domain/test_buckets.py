"""The periods of a chart have no gaps and go from midnight to midnight in any time zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.history.domain.buckets import (
    MAX_BUCKETS,
    Granularity,
    TooManyBuckets,
    buckets,
    default_first,
)

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo")


def test_the_day_on_which_the_clock_goes_forward_has_23_hours() -> None:
    found = buckets("day", _at(2026, 3, 7, 12), _at(2026, 3, 10, 4), NEW_YORK)
    assert [end - start for start, end in found] == [
        timedelta(hours=24),
        timedelta(hours=23),
        timedelta(hours=24),
    ]
    assert found[0][0] == _at(2026, 3, 7, 5)


def test_if_the_clock_skips_midnight_the_day_starts_at_the_skip() -> None:
    # Egypt 2026: 24 April begins at 01:00, which is 22:00 UTC of the day before.
    [day] = buckets("day", _at(2026, 4, 24, 6), _at(2026, 4, 24, 7), ZoneInfo("Africa/Cairo"))
    assert day == (_at(2026, 4, 23, 22), _at(2026, 4, 24, 21))


def test_a_day_that_does_not_exist_in_the_time_zone_has_no_bucket() -> None:
    # Samoa went from 29 to 31 December 2011 when it crossed the date line.
    found = buckets("day", _at(2011, 12, 30), _at(2011, 12, 31, 12), ZoneInfo("Pacific/Apia"))
    assert [start for start, _ in found] == [
        _at(2011, 12, 29, 10),
        _at(2011, 12, 30, 10),
        _at(2011, 12, 31, 10),
    ]


def test_weeks_start_on_monday_and_months_on_the_first() -> None:
    weeks = buckets("week", _at(2026, 1, 1), _at(2026, 1, 13), UTC)
    assert [start.date() for start, _ in weeks] == [
        date(2025, 12, 29),
        date(2026, 1, 5),
        date(2026, 1, 12),
    ]
    months = buckets("month", _at(2026, 1, 31), _at(2026, 3, 1), UTC)
    assert [start.date() for start, _ in months] == [date(2026, 1, 1), date(2026, 2, 1)]


def test_a_range_with_too_many_buckets_is_refused() -> None:
    first = _at(2025, 1, 1)
    assert len(buckets("day", first, first + timedelta(days=400), UTC)) == MAX_BUCKETS
    with pytest.raises(TooManyBuckets):
        buckets("day", first, first + timedelta(days=400, seconds=1), UTC)


@pytest.mark.parametrize(("granularity", "count"), [("day", 30), ("week", 12), ("month", 12)])
def test_the_default_range_has_the_default_number_of_buckets(
    granularity: Granularity, count: int
) -> None:
    for end in (_at(2026, 3, 1), _at(2026, 3, 1, 0) + timedelta(microseconds=1)):
        first = default_first(granularity, end, UTC)
        assert len(buckets(granularity, first, end, UTC)) == count


@given(
    granularity=st.sampled_from(("day", "week", "month")),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    first=st.integers(946_684_800, 2_082_758_400).map(lambda s: datetime.fromtimestamp(s, UTC)),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=300)),
)
def test_buckets_are_contiguous_and_cover_the_whole_range(
    granularity: Granularity, zone: ZoneInfo, first: datetime, length: timedelta
) -> None:
    end = first + length
    found = buckets(granularity, first, end, zone)
    assert found[0][0] <= first < found[0][1]
    assert found[-1][0] < end <= found[-1][1]
    assert all(one[1] == following[0] for one, following in pairwise(found))
    assert all(start < stop for start, stop in found)
    # A row counts a quarter of an hour, which must lie within one bucket.
    assert all(start.timestamp() % 900 == 0 for start, _ in found)


def _at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)
