"""Collect the hints for one organisation, and send them to its open streams."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from servicekit.bus import hints as bus_hints
from servicekit.hints import HintSet, Topic
from servicekit.throttle import Throttle
from services.gateway.stream.events import RecentEvents
from services.gateway.stream.listener import CONNECTED, GAP, RESYNCS, Listener
from smsblaster.stream.v1.hints_pb2 import Hints

log = structlog.get_logger()

INTERVAL_SECONDS = 0.5


class OrgStreams:
    """The open streams of an organisation.

    The streams get at most two hints a second about each thing. ``access_revoked`` is called when
    the access of one of the organisation's users was revoked.

    Attributes:
        subscription: The subscription to the organisation's subject, None until it is made.
        subscribing: Held while the subscription is made.
        empty_since: When the last listener left, on the clock of the event loop.
    """

    def __init__(self, org_id: UUID, access_revoked: Callable[[], None]) -> None:
        self.org_id = org_id
        self.subscription: Subscription | None = None
        self.subscribing = asyncio.Lock()
        self._access_revoked = access_revoked
        self.empty_since = asyncio.get_running_loop().time()
        self.listeners: set[Listener] = set()
        self._recent = RecentEvents()
        self._waiting = HintSet()
        self._is_resync_due = False
        self._throttle = Throttle(INTERVAL_SECONDS, self._tell)

    def join(self, listener: Listener, last_event_id: str) -> None:
        """Add a listener. It first gets the events that it has missed, or a `resync`."""
        missed = self._recent.since(_now(), last_event_id) if last_event_id else None
        if missed is None:
            RESYNCS.labels(CONNECTED).inc()
            missed = [self._recent.resync(CONNECTED)]
        for event in missed:
            listener.put(event, self._recent.resync)
        self.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Remove the listener of a stream that has ended."""
        self.listeners.discard(listener)
        self.empty_since = _now()

    def close(self) -> None:
        """Stop sending hints."""
        self._throttle.stop()

    async def receive(self, message: Msg) -> None:
        """Send the hints of a bus message to the streams.

        An unreadable message causes a `resync`.
        """
        try:
            self.take(bus_hints.read(message.data))
        except DecodeError:
            log.warning("hints_unreadable", subject=message.subject)
            self.resync()

    def take(self, hints: Hints) -> None:
        """Send hints to all listeners soon, at most two a second about each thing."""
        if hints.resync:
            self.resync()
        for hint in hints.hints:
            if hint.topic == Topic.ACCESS:
                self._access_revoked()
            else:
                self._waiting.add(hint.topic, *bus_hints.ids_of(hint))
                self._throttle.need()

    def resync(self) -> None:
        """Tell every listener soon that hints may have been lost."""
        self._is_resync_due = True
        self._throttle.need()

    def _tell(self) -> None:
        now = _now()
        waiting = list(self._waiting.take())
        if self._is_resync_due:
            self._is_resync_due = False
            RESYNCS.labels(GAP).inc(len(self.listeners))
            self._put(self._recent.add_resync(now, GAP))
            return
        for hint in waiting:
            self._put(self._recent.add_hint(now, *hint))

    def _put(self, event: bytes) -> None:
        for listener in self.listeners:
            listener.put(event, self._recent.resync)


def _now() -> float:
    return asyncio.get_running_loop().time()
