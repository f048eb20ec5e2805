"""All open streams of this process, by organisation, and the subscriptions to their hints."""

import asyncio
from collections import Counter
from contextlib import suppress
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from prometheus_client import Gauge

from servicekit.bus import hints as bus_hints
from servicekit.bus import subjects
from servicekit.bus.connection import BUS_ERRORS, Bus
from servicekit.errors import TooManyRequests
from servicekit.process import raise_if_cancelled
from services.gateway.stream import events
from services.gateway.stream.limits import Limits
from services.gateway.stream.listener import Listener
from services.gateway.stream.org_streams import OrgStreams

log = structlog.get_logger()

OPEN = Gauge("smsblaster_stream_open", "Open live streams")

_ROUND_SECONDS = 1.0
_FLUSH_SECONDS = 2
# A browser that has lost its connection comes back in seconds. So the recent events of an
# organisation are kept for this long after its last stream has closed.
_EMPTY_SECONDS = 120.0
_FULL_SECONDS = 30


class TooManyStreams(TooManyRequests):
    """The user, the organisation or this process has as many streams as it may have."""

    default_code = "too_many_streams"


class LiveStreams:
    """The open streams of this process, by organisation.

    Attributes:
        access_revoked: Set when the access of a user was revoked.
    """

    def __init__(self, bus: Bus, limits: Limits) -> None:
        self._bus = bus
        self._limits = limits
        self._by_org: dict[UUID, OrgStreams] = {}
        self._of_users: Counter[UUID] = Counter()
        self._hears_everyone = False
        self.access_revoked = asyncio.Event()
        bus.on_gap.append(self._resync_all)

    def listeners(self) -> list[Listener]:
        """Return the listeners of all open streams."""
        return [listener for streams in self._by_org.values() for listener in streams.listeners]

    async def enter(self, listener: Listener, last_event_id: str) -> OrgStreams:
        """Add a stream to its organisation's streams, with the events that it has missed.

        Raises:
            TooManyStreams: The user, the organisation or this process has too many streams.
        """
        ticket = listener.ticket
        streams = self._by_org.get(ticket.org_id)
        if streams is None:
            streams = self._by_org[ticket.org_id] = OrgStreams(
                ticket.org_id, self.access_revoked.set
            )
        self._refuse_too_many(streams, ticket.user_id)
        # Subscribed first: no hint is missed between the first `resync` and the subscription.
        await self._subscribe(streams)
        self._of_users[ticket.user_id] += 1
        OPEN.inc()
        streams.join(listener, last_event_id)
        return streams

    def leave(self, streams: OrgStreams, listener: Listener) -> None:
        """Remove a stream that has ended from its organisation's streams."""
        streams.leave(listener)
        OPEN.dec()
        self._of_users[listener.ticket.user_id] -= 1
        if not self._of_users[listener.ticket.user_id]:
            del self._of_users[listener.ticket.user_id]

    async def keep(self) -> None:
        """Repair the subscriptions to the bus, every second until cancelled.

        Subscribes to the hints of each organisation with open streams whose subscription failed
        before. Ends the subscription of an organisation that has had no stream for two minutes.
        """
        while True:
            raise_if_cancelled()
            if not self._hears_everyone and self._bus.is_connected:
                await self._hear_everyone()
            for streams in list(self._by_org.values()):
                await self._look_after(streams)
            await asyncio.sleep(_ROUND_SECONDS)

    def end_all(self, reason: str, most_milliseconds: int) -> None:
        """End every stream.

        Each client comes back after a random time of at most `most_milliseconds`.
        """
        for listener in self.listeners():
            listener.finish(events.reconnect(reason, most_milliseconds))

    def _refuse_too_many(self, streams: OrgStreams, user_id: UUID) -> None:
        if self._of_users[user_id] >= self._limits.per_user:
            raise TooManyStreams(
                "You have too many live streams open. Close some tabs or windows.",
                retry_after=_FULL_SECONDS,
            )
        total = sum(self._of_users.values())
        if len(streams.listeners) >= self._limits.per_org or total >= self._limits.in_all:
            raise TooManyStreams(
                "Too many live streams are open. Try again later.", retry_after=_FULL_SECONDS
            )

    async def _look_after(self, streams: OrgStreams) -> None:
        now = asyncio.get_running_loop().time()
        if streams.listeners:
            await self._subscribe(streams)
        elif now - streams.empty_since > _EMPTY_SECONDS:
            del self._by_org[streams.org_id]
            streams.close()
            if streams.subscription is not None:
                with suppress(*BUS_ERRORS):
                    await streams.subscription.unsubscribe()

    async def _subscribe(self, streams: OrgStreams) -> None:
        """Subscribe to the organisation's hints, unless that was done or the bus can't be reached.

        Clients whose streams were open before may have missed hints, so they get a `resync`.
        """
        async with streams.subscribing:
            if streams.subscription is not None or not self._bus.is_connected:
                return
            try:
                subscription = await self._bus.client.subscribe(
                    subjects.hints(streams.org_id), cb=streams.receive
                )
                await self._bus.client.flush(_FLUSH_SECONDS)
            except BUS_ERRORS as error:
                log.warning("stream_waits_for_bus", error=repr(error))
                return
            streams.subscription = subscription
            if streams.listeners:
                streams.resync()

    async def _hear_everyone(self) -> None:
        with suppress(*BUS_ERRORS):
            await self._bus.client.subscribe(subjects.hints(bus_hints.EVERYONE), cb=self._receive)
            self._hears_everyone = True
            self._resync_all()

    async def _receive(self, message: Msg) -> None:
        hints = bus_hints.read(message.data)
        for streams in list(self._by_org.values()):
            streams.take(hints)

    def _resync_all(self) -> None:
        for streams in self._by_org.values():
            streams.resync()
