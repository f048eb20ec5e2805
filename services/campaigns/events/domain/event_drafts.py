"""What a person writes of an event, and the rules for it."""

from datetime import datetime

from servicekit.errors import InvalidInput
from servicekit.time_zones import is_time_zone


def require_time_zone(name: str) -> None:
    """Raise ``InvalidInput`` unless ``name`` is an IANA time zone."""
    if not is_time_zone(name):
        raise InvalidInput.of("timeZone", "is not an IANA time zone, such as America/New_York")


def require_order(date: datetime, ends_at: datetime | None) -> None:
    """Raise ``InvalidInput`` for an event that does not end after it begins on ``date``."""
    if ends_at is not None and ends_at <= date:
        raise InvalidInput.of("endsAt", "must be after date")
