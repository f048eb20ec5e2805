"""When an unhandled webhook is published again, and when it is given up."""

MAX_ATTEMPTS = 5
_FACTOR = 5


def pause_after(attempts: int, first_pause: float) -> float:
    """Return the seconds to wait after a webhook was published again `attempts` times.

    With a first pause of 20 seconds: 100 seconds, 8 minutes, 42 minutes, 3.5 hours, and 3.5 hours
    again before it is given up.
    """
    return first_pause * float(_FACTOR ** min(attempts, MAX_ATTEMPTS - 1))
