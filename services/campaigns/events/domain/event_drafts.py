"""Rules for the data that a user enters for an event."""

from datetime import datetime

from servicekit.errors import InvalidInput
from servicekit.time_zones import is_time_zone


def require_time_zone(name: str) -> None:
    """Raise ``InvalidInput`` unless `name` is an IANA time zone."""
    if not is_time_zone(name):
        raise InvalidInput.of("timeZone", "Must be an IANA time zone, such as America/New_York.")


def require_order(date: datetime, ends_at: datetime | None) -> None:
    """Raise ``InvalidInput`` unless the event's end is after its beginning, `date`."""
    if ends_at is not None and ends_at <= date:
        raise InvalidInput.of("endsAt", "Must be after date.")
