"""The pauses before an unhandled webhook is published again or given up."""

MAX_ATTEMPTS = 5
_FACTOR = 5


def pause_after(attempts: int, first_pause: float) -> float:
    """Return the seconds to wait after a webhook was published again `attempts` times.

    With a `first_pause` of 20 seconds, the pauses are 20 and 100 seconds, 8 minutes, 42 minutes,
    3.5 hours, and 3.5 hours again. After the last pause the webhook is given up.
    """
    return first_pause * float(_FACTOR ** min(attempts, MAX_ATTEMPTS - 1))
