"""Rules for the data that a user enters for an event."""

from datetime import datetime

from servicekit.errors import InvalidInput


def require_order(date: datetime, ends_at: datetime | None) -> None:
    """Raise ``InvalidInput`` unless the event's end is after its beginning, `date`."""
    if ends_at is not None and ends_at <= date:
        raise InvalidInput.of("endsAt", "Must be later than `date`.")
