"""One open stream: the events that wait for its client, and why it ends."""

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import Counter

from services.gateway.domain.stream_tickets import StreamTicket

MOST_WAITING = 200

RESYNCS = Counter(
    "smsblaster_stream_resyncs_total",
    "Times that streams were told to fetch everything again",
    ["reason"],
)
CONNECTED, GAP, OVERFLOW = "connected", "gap", "overflow"
for _reason in (CONNECTED, GAP, OVERFLOW):
    RESYNCS.labels(_reason)


class Listener:
    """The queue of events for one client's stream.

    A client that reads too slowly gets a `resync` instead of the queued events.

    Args:
        ticket: Whose stream it is.
    """

    def __init__(self, ticket: StreamTicket) -> None:
        self.ticket = ticket
        self.last_event: bytes | None = None
        """The last event of the stream, or None while the stream should go on."""
        self._waiting: list[bytes] = []
        self._wake: asyncio.Future[None] | None = None

    def put(self, event: bytes, resync: Callable[[str], bytes]) -> None:
        """Add an event to the queue.

        If the queue is full, the one event that `resync` returns replaces all events in it.
        """
        if len(self._waiting) >= MOST_WAITING:
            RESYNCS.labels(OVERFLOW).inc()
            self._waiting = [resync(OVERFLOW)]
        else:
            self._waiting.append(event)
        self._rouse()

    def finish(self, last_event: bytes) -> None:
        """End the stream with `last_event`. A second call changes nothing."""
        if self.last_event is None:
            self.last_event = last_event
        self._rouse()

    def take(self) -> Sequence[bytes]:
        """Return the events in the queue, and empty the queue."""
        waiting, self._waiting = self._waiting, []
        return waiting

    async def wait(self, seconds: float) -> None:
        """Wait until there are events or the stream should end, at most `seconds`."""
        if self._waiting or self.last_event is not None:
            return
        loop = asyncio.get_running_loop()
        self._wake = loop.create_future()
        # asyncio.wait_for would need a task and a context for each of thousands of listeners.
        timer = loop.call_later(seconds, self._rouse)
        try:
            await self._wake
        finally:
            timer.cancel()
            self._wake = None

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
