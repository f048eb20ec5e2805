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
        what: What is waited for, for the error.
        condition: Tells whether it has happened.
        within: Seconds to wait at most.
        every: Seconds between two looks.

    Raises:
        TimeoutError: It did not happen in time.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {within:.0f} s")
        time.sleep(every)
    return value
