"""The bridge between Flask's threads and asyncio, for the gateway.

Each web worker has one event loop in a thread of its own. Database, bus and gRPC run there, as in
every other service. Request threads give coroutines to this loop and wait for the results.
"""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar

import uvloop

from servicekit.errors import Unavailable

Result = TypeVar("Result")


class LoopThread:
    """One event loop in a daemon thread. Make it after the web server has forked."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="event-loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def run(self, work: Coroutine[Any, Any, Result], timeout: float = 30.0) -> Result:
        """Run ``work`` on the loop and wait for its result, at most ``timeout`` seconds.

        Raises whatever ``work`` raises, and ``Unavailable`` after ``timeout`` seconds.
        """
        future = self.start(work)
        try:
            return future.result(timeout)
        except FutureTimeout:
            if future.done():  # the work itself raised a TimeoutError
                raise
            future.cancel()
            raise Unavailable("This took too long. Try again in a moment.") from None

    def start(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run ``work`` on the loop and return its future."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """Stop the loop and wait for its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
