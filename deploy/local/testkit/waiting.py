"""Waiting for a condition."""

import time
from collections.abc import Callable
from typing import TypeVar

ENDS_WITHIN = 60.0
"""A campaign has gone through its list, seconds."""

SETTLES_WITHIN = 20.0
"""What is on its way has arrived and is counted, seconds."""

API_EVERY = 0.25
"""How often the API is asked, seconds: reads have a budget."""

_POLL_EVERY = 0.05

Result = TypeVar("Result")


def wait_for(
    what: str, condition: Callable[[], Result], within: float, every: float = _POLL_EVERY
) -> Result:
    """Poll `condition` until it is truthy and return its value.

    `within` and `every` are in seconds. Raises TimeoutError, which names `what`, after `within`.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {within:.0f} s")
        time.sleep(every)
    return value
