"""Wait for a condition."""

import time
from collections.abc import Callable
from typing import TypeVar

_POLL_EVERY = 0.05

Result = TypeVar("Result")


def wait_for(
    what: str, condition: Callable[[], Result], within: float, every: float = _POLL_EVERY
) -> Result:
    """Poll `condition` until it is truthy and return its value.

    Args:
        what: The expected event, as a noun, for the error message.
        condition: Returns a true value when the event has happened.
        within: Seconds to wait at most.
        every: Seconds between two calls of `condition`.

    Raises:
        TimeoutError: The event did not happen in time.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"timed out after {within:.0f} s while waiting for {what}")
        time.sleep(every)
    return value
