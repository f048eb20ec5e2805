"""Call something soon after it is needed, and not more often than once in an interval."""

import asyncio
from collections.abc import Callable


class Throttle:
    """Calls ``act`` at once when it is needed, at most once every ``seconds``.

    What is needed in between is done by one call at the end of the interval. Use it on one event
    loop.
    """

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._seconds = seconds
        self._act = act
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def need(self) -> None:
        """Make sure that ``act`` is called after this."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._next_at), self._run)

    def stop(self) -> None:
        """Call nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        self._next_at = asyncio.get_running_loop().time() + self._seconds
        self._act()
