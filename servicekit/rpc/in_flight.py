"""Limit the calls that a server has begun, so that no call waits longer than its deadline."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Gauge

from servicekit.errors import Unavailable

IN_FLIGHT = Gauge("smsblaster_rpc_in_flight", "gRPC calls that this server has begun")
MOST = Gauge("smsblaster_rpc_in_flight_max", "gRPC calls that this server serves at once")

CALLS_PER_CONNECTION = 16
"""Maximum calls in progress on a server, per database connection of its process.

At 20 to 100 ms of database time each, the last call waits for less than two of its ten seconds.
"""


class InFlight:
    """The calls that a server has begun and not ended."""

    def __init__(self, most: int) -> None:
        self._most = most
        MOST.set(most)
        self._calls = 0

    @contextmanager
    def place(self, seconds_left: float | None) -> Iterator[None]:
        """Count a call as in progress until the ``with`` block ends.

        ``seconds_left`` is the time until the call's deadline; None if it has no deadline.

        Raises:
            Unavailable: The deadline has passed, or as many calls are in progress as are allowed.
        """
        if seconds_left is not None and seconds_left <= 0:
            raise Unavailable("The call arrived after its deadline.", code="too_late")
        if self._calls >= self._most:
            raise Unavailable("Too many calls at once. Try again in a moment.", code="overloaded")
        self._calls += 1
        IN_FLIGHT.set(self._calls)
        try:
            yield
        finally:
            self._calls -= 1
            IN_FLIGHT.set(self._calls)
