"""Poll the state of background work until the work has ended."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from smsblaster.errors import ApiError

T = TypeVar("T")


def states(
    fetch: Callable[[], T], ended: Callable[[T], bool], interval: float, timeout: float | None
) -> Iterator[T]:
    """Yield each state that differs from the one before, and end with the last one.

    Args:
        fetch: Returns the state.
        ended: Whether a state is the last one.
        interval: Seconds between two requests.
        timeout: For how many seconds to wait. None waits without end.

    Raises:
        ApiError: The time is over (``timed_out``). The work goes on.
    """
    begun = time.monotonic()
    last: T | None = None
    while True:
        state = fetch()
        if state != last:
            yield state
        if ended(state):
            return
        if timeout is not None and time.monotonic() - begun > timeout:
            raise ApiError(
                "timed_out", f"It has not ended within {timeout:g} seconds, and goes on."
            )
        last = state
        time.sleep(interval)
