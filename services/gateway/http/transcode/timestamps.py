"""Times: RFC 3339 with any offset in, UTC with milliseconds and Z out."""

import re
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):([0-5]\d))", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_timestamp(value: Timestamp) -> str:
    """``value`` in UTC, e.g. 2026-02-03T04:05:06.789Z; what is finer is cut off."""
    moment = datetime.fromtimestamp(value.seconds, UTC)
    return f"{moment.isoformat()[:19]}.{value.nanos // 1_000_000:03}Z"


def parse_timestamp(text: str) -> Timestamp:
    """The time that ``text`` names. Raises ``ValueError`` where it is no RFC 3339 time."""
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


def _offset(hours: int, minutes: int) -> timedelta:
    if hours > 23:
        raise ValueError("an offset is less than a day")
    return timedelta(hours=hours, minutes=minutes)
