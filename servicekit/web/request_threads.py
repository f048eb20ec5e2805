"""Threads that serve requests, with metrics that show when there are too few of them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prometheus_client import Gauge

Argument = TypeVar("Argument")
Result = TypeVar("Result")

IN_FLIGHT = Gauge(
    "smsblaster_http_requests_in_flight",
    "Requests that are being served or wait for a thread, by kind of thread",
    ["threads"],
)
THREADS = Gauge(
    "smsblaster_http_threads", "Threads that serve requests, by kind of thread", ["threads"]
)


class RequestThreads:
    """A fixed number of threads of one ``kind``: ``request`` or ``transfer``."""

    def __init__(self, number: int, kind: str) -> None:
        self._threads = ThreadPoolExecutor(number, kind)
        THREADS.labels(kind).set(number)
        self._in_flight = IN_FLIGHT.labels(kind)

    async def run(self, work: Callable[[Argument], Result], argument: Argument) -> Result:
        """Do ``work`` in one of the threads, as soon as one is free."""
        with self._in_flight.track_inprogress():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, argument)

    def close(self) -> None:
        """Take no more work. Each thread stops when its work is done."""
        self._threads.shutdown(wait=False)
