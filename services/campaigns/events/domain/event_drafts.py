"""Rules for the data that a user enters for an event."""

from datetime import datetime

from servicekit.errors import InvalidInput
from servicekit.time_zones import time_zone_named


def to_time_zone(text: str) -> str:
    """Return the IANA time zone that `text` names in any case. Raises ``InvalidInput``."""
    name = time_zone_named(text)
    if name is None:
        raise InvalidInput.of("timeZone", "Must be an IANA time zone, such as America/New_York.")
    return name


def require_order(date: datetime, ends_at: datetime | None) -> None:
    """Raise ``InvalidInput`` unless the event's end is after its beginning, `date`."""
    if ends_at is not None and ends_at <= date:
        raise InvalidInput.of("endsAt", "Must be after date.")
