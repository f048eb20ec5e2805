"""Days, weeks and months of a time zone, as stretches of time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, pairwise
from typing import Literal

BUCKETS_AT_MOST = 400

Granularity = Literal["day", "week", "month"]
Bucket = tuple[datetime, datetime]
"""Beginning and end, in UTC."""

_DEFAULT_NUMBER: dict[Granularity, int] = {"day": 30, "week": 12, "month": 12}


class TooManyBuckets(ValueError):
    """The range is longer than ``BUCKETS_AT_MOST`` buckets."""


def buckets(granularity: Granularity, first: datetime, end: datetime, zone: tzinfo) -> list[Bucket]:
    """The buckets from the one with ``first`` in it to the last that begins before ``end``.

    They begin at midnight in ``zone``, weeks on Monday. A midnight that the clock skips is the
    moment at which it does. Raises ``TooManyBuckets``.
    """
    starts = _starts(granularity, _floor(granularity, first.astimezone(zone).date()), zone)
    found: list[Bucket] = []
    for start, following in islice(pairwise(starts), BUCKETS_AT_MOST):
        if start >= end:
            return found
        found.append((start, following))
    if found[-1][1] < end:
        raise TooManyBuckets
    return found


def default_first(granularity: Granularity, end: datetime, zone: tzinfo) -> datetime:
    """Where a range that ends with ``end`` begins by default: 30 days, 12 weeks, 12 months."""
    day = _floor(granularity, (end - timedelta(microseconds=1)).astimezone(zone).date())
    for _ in range(_DEFAULT_NUMBER[granularity] - 1):
        day = _floor(granularity, day - timedelta(days=1))
    return _midnight(day, zone)


def _starts(granularity: Granularity, day: date, zone: tzinfo) -> Iterator[datetime]:
    """The beginnings of buckets from that of ``day``; a day that a zone left out has none."""
    previous = None
    while True:
        start = _midnight(day, zone)
        if previous is None or start > previous:
            yield start
        previous, day = start, _next(granularity, day)


def _floor(granularity: Granularity, day: date) -> date:
    if granularity == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if granularity == "month" else day


def _next(granularity: Granularity, day: date) -> date:
    if granularity == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if granularity == "week" else 1)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
