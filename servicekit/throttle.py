"""Call something soon after it is needed, and not more often than once in an interval."""

import asyncio
from collections.abc import Callable


class Throttle:
    """Calls ``act`` when it is needed, but at most once every ``seconds``.

    The first call is made at once. If ``act`` is needed again within the interval, it is called
    once more when the interval ends. Use the object on one event loop only.
    """

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._seconds = seconds
        self._act = act
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def need(self) -> None:
        """Ask for a call of ``act``: it is called at once, or when the interval ends."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._next_at), self._run)

    def stop(self) -> None:
        """Never call ``act`` again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        self._next_at = asyncio.get_running_loop().time() + self._seconds
        self._act()
