"""Divide a range of time into the days, weeks or months of a time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from typing import Literal

MAX_BUCKETS = 400

Granularity = Literal["day", "week", "month"]
Bucket = tuple[datetime, datetime]
"""A period: start and end in UTC. The end is the start of the next bucket."""

_DEFAULT_COUNT: dict[Granularity, int] = {"day": 30, "week": 12, "month": 12}


class TooManyBuckets(ValueError):
    """The range is longer than `MAX_BUCKETS` buckets."""


def buckets(granularity: Granularity, first: datetime, end: datetime, zone: tzinfo) -> list[Bucket]:
    """Return all buckets that overlap the range from `first` until before `end`.

    A bucket starts at midnight in `zone`; a week starts on Monday. If the clock skips midnight, the
    bucket starts at the moment of the skip.

    Raises:
        TooManyBuckets: The range has more than `MAX_BUCKETS` buckets.
    """
    starts = _starts(granularity, _first_day(granularity, first.astimezone(zone).date()), zone)
    found: list[Bucket] = []
    for start, following in islice(pairwise(starts), MAX_BUCKETS):
        if start >= end:
            return found
        found.append((start, following))
    if found[-1][1] < end:
        raise TooManyBuckets
    return found


def default_first(granularity: Granularity, end: datetime, zone: tzinfo) -> datetime:
    """Return the default start of a range that ends at `end`: 30 days, 12 weeks or 12 months."""
    day = _first_day(granularity, (end - timedelta(microseconds=1)).astimezone(zone).date())
    for _ in range(_DEFAULT_COUNT[granularity] - 1):
        day = _first_day(granularity, day - timedelta(days=1))
    return _midnight(day, zone)


def _starts(granularity: Granularity, day: date, zone: tzinfo) -> Iterator[datetime]:
    """Yield the starts of buckets, beginning with `day`. Skip days that the zone doesn't have."""
    previous = None
    while True:
        start = _midnight(day, zone)
        if previous is None or start > previous:
            yield start
        previous, day = start, _next_first_day(granularity, day)


def _first_day(granularity: Granularity, day: date) -> date:
    """Return the first day of the bucket that contains `day`."""
    if granularity == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "month" else day


def _next_first_day(granularity: Granularity, day: date) -> date:
    if granularity == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if granularity == "week" else 1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
