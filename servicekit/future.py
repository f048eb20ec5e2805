"""Limit how far ahead something can be scheduled."""

from datetime import datetime, timedelta

from servicekit.errors import InvalidInput

FURTHEST = timedelta(days=731)


def require_within_two_years(moment: datetime, now: datetime, field: str) -> None:
    """Raise ``InvalidInput`` if ``moment`` is more than two years after ``now``.

    A later time is most likely a typing mistake.
    """
    if moment > now + FURTHEST:
        raise InvalidInput.of(field, "must be within two years from now")
