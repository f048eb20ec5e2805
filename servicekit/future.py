"""How far ahead a time may be at which something happens by itself."""

from datetime import datetime, timedelta

from servicekit.errors import InvalidInput

FURTHEST = timedelta(days=731)


def require_within_two_years(moment: datetime, now: datetime, field: str) -> None:
    """Raise ``InvalidInput`` for a ``moment`` more than two years after ``now``.

    What is meant to happen later than that is a slip, or meant to be forgotten.
    """
    if moment > now + FURTHEST:
        raise InvalidInput.of(field, "must be within two years from now")
