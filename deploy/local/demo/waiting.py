"""Waiting for a condition."""

import time
from collections.abc import Callable
from typing import TypeVar

_POLL_EVERY = 0.05

Result = TypeVar("Result")


def wait_for(what: str, condition: Callable[[], Result], within: float) -> Result:
    """Poll `condition` until it is truthy and return its value.

    `within` is in seconds. Raises TimeoutError, which names `what`, when they are over.
    """
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {within:.0f} s")
        time.sleep(_POLL_EVERY)
    return value
