"""Parse RFC 3339 times with any offset, and dates; format times in UTC with milliseconds."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from smsblaster.options.v1 import fields_pb2

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):([0-5]\d))", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_timestamp(value: Timestamp) -> str:
    """Return a time in UTC, such as 2026-02-03T04:05:06.789Z, cut to milliseconds."""
    moment = datetime.fromtimestamp(value.seconds, UTC)
    return f"{moment.isoformat()[:19]}.{value.nanos // 1_000_000:03}Z"


def format_time(moment: datetime) -> str:
    """Format a time with any UTC offset as `format_timestamp` does, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> Timestamp:
    """Parse an RFC 3339 time. Raises `ValueError` for any other text."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 time")
    wall, fraction, sign, hours, minutes = match.groups()
    moment = datetime.fromisoformat(wall).replace(tzinfo=UTC)
    if sign:
        offset = _offset(int(hours), int(minutes))
        moment = moment - offset if sign == "+" else moment + offset
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return Timestamp(seconds=seconds, nanos=int((fraction or "0").ljust(9, "0")))


def is_date(text: str) -> bool:
    """Return whether `text` has the form of a date, such as 2026-02-03."""
    return _DATE.fullmatch(text) is not None


def time_of_day(text: str, day: fields_pb2.Day.ValueType, time_zone: str) -> Timestamp:
    """Return the start of the day `text` in `time_zone`, or its end if `day` is DAY_END.

    Raises `ValueError` if `text` is not a date.

    A day on which the clocks change has 23 or 25 hours.
    """
    given = date.fromisoformat(text)
    if day == fields_pb2.DAY_END:
        given += timedelta(days=1)
    moment = datetime.combine(given, time(), ZoneInfo(time_zone))
    return Timestamp(seconds=(moment - _EPOCH) // timedelta(seconds=1))


def _offset(hours: int, minutes: int) -> timedelta:
    if hours > 23:
        raise ValueError("an offset is less than a day")
    return timedelta(hours=hours, minutes=minutes)
