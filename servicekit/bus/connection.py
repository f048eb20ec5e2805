"""Connect to NATS JetStream, reconnect after an outage, and make missing streams."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import SlowConsumerError
from nats.js import JetStreamContext
from nats.js.api import PubAck, StreamConfig
from nats.js.errors import APIError, NotFoundError, ServerError

from servicekit import process
from servicekit.bus import upkeep
from servicekit.bus.hints import HintPublisher
from servicekit.bus.logins import KEEPER, inbox_of
from servicekit.bus.streams import STREAMS, Consumer

log = structlog.get_logger()

BUS_ERRORS = (NatsError, OSError, asyncio.TimeoutError)
"""The errors that a call to the bus may raise while the bus can't be reached."""

_AT_ONCE = 50
_CLOSE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class BusMessage:
    """A message to publish. The bus recognises a repeated message by its ``id``."""

    subject: str
    id: str
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)


class _JetStream(JetStreamContext):
    """The client's JetStream, changed so that the server's refusals reach the publisher.

    In the original client, a refusal raises an error only in a background task, and the publisher
    waits until its timeout.
    """

    async def _handle_async_reply(self, msg: Msg) -> None:
        try:
            await super()._handle_async_reply(msg)
        except APIError as error:
            token = msg.subject.rpartition(".")[2]
            future = self._publish_async_futures.get(token)
            if future and not future.done():
                future.set_exception(error)


class Bus:
    """A connection to the bus, which may be unreachable at the start and at any later time.

    Attributes:
        hints: Publishes hints ("this has changed") to browsers.
        on_gap: Called whenever messages that no stream stores may have been lost.
    """

    def __init__(self, url: str, name: str, replicas: int = 1) -> None:
        self._replicas = replicas
        self.client = Client()
        self.hints = HintPublisher(self.client)
        self.on_gap: list[Callable[[], None]] = [self.hints.tell_gap]
        self.name = name
        self._login = urlsplit(url.partition(",")[0]).username or name
        self.stream = _JetStream(self.client, timeout=5, publish_async_max_pending=4000)
        self._tried = asyncio.Event()
        self._connecting = process.background(self._connect(url), "bus")
        self._lost = asyncio.Event()
        self._watching = process.background(self._end_when_lost(), "bus lost")

    @classmethod
    async def connect(cls, url: str, name: str, replicas: int = 1) -> "Bus":
        """Connect to the bus as ``name``. If the server is not up yet, wait for it."""
        bus = cls(url, name, replicas)
        await bus._connecting
        return bus

    @property
    def is_connected(self) -> bool:
        """Whether the connection to the bus is open now."""
        return self.client.is_connected

    async def first_try(self) -> None:
        """Return once the first attempt to connect has succeeded or failed."""
        await self._tried.wait()

    async def _connect(self, url: str) -> None:
        servers = url.split(",")
        await self.client.connect(
            servers,
            # The client also tries the servers that the first server names.
            user=urlsplit(servers[0]).username,
            password=urlsplit(servers[0]).password,
            name=self.name,
            inbox_prefix=inbox_of(self._login),
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=2,
            ping_interval=10,
            error_cb=self._note_error,
            reconnected_cb=self._note_gap,
            closed_cb=self._note_closed,
        )
        await self._note_gap()
        while True:
            try:
                await self.ensure_streams()
            except BUS_ERRORS as error:  # JetStream comes up after NATS
                await self._note_error(error)
                await asyncio.sleep(0.5)
            else:
                self._tried.set()
                return

    async def _note_closed(self) -> None:
        self._lost.set()

    async def _end_when_lost(self) -> None:
        """End the process once the client has given up.

        The client gives up if the server refuses a new connection, for example because the password
        of its login has changed. When the process is started again, it reads the new password.
        """
        await self._lost.wait()
        raise ConnectionError("the NATS client has given up its connection")

    async def _note_error(self, error: Exception) -> None:
        log.warning("bus_error", error=repr(error))
        self._tried.set()
        if isinstance(error, SlowConsumerError):  # the client has dropped messages
            await self._note_gap()

    async def _note_gap(self) -> None:
        for tell in self.on_gap:
            tell()

    async def ensure_streams(self) -> None:
        """Create every stream of ``bus.streams`` that is missing."""
        for config in STREAMS:
            wanted = config.evolve(num_replicas=self._replicas)
            may_change = self._login == KEEPER
            await upkeep.ensure(self.client, self.stream, wanted, may_change=may_change)

    async def stream_ages(self) -> dict[str, datetime]:
        """Create missing streams, and return the time at which each stream was created.

        If a stream has a later time than before, the bus has lost its stored messages.
        """
        await self.check()
        try:
            return {str(config.name): await self._created_at(config) for config in STREAMS}
        except NotFoundError:
            await self.ensure_streams()
            return {str(config.name): await self._created_at(config) for config in STREAMS}

    async def _created_at(self, config: StreamConfig) -> datetime:
        info = await self.stream.stream_info(str(config.name))
        if info.created is None:
            raise ServerError(description=f"stream {config.name} has no creation time")
        return info.created

    async def publish(self, messages: list[BusMessage]) -> None:
        """Publish ``messages`` in order without waiting after each; return once all are stored.

        Raises one of ``BUS_ERRORS`` if a message was not stored; earlier messages may be stored.
        """
        # While the client reconnects, it would keep these messages, publish them later in another
        # order, and wait for their acknowledgements for ever.
        await self.check()
        acks: list[asyncio.Future[PubAck]] = []
        try:
            for number, m in enumerate(messages, 1):
                headers = {**m.headers, "Nats-Msg-Id": m.id}
                acks.append(await self.stream.publish_async(m.subject, m.payload, headers=headers))
                if number % _AT_ONCE == 0:  # lets other tasks run
                    await asyncio.sleep(0)
            await asyncio.wait_for(asyncio.gather(*acks), timeout=10)
        finally:
            for ack in acks:
                ack.cancel()

    async def subscribe(self, consumer: Consumer) -> JetStreamContext.PullSubscription:
        """Return a pull subscription to a durable consumer, which is made if it is missing."""
        await self.check()
        try:
            await upkeep.ensure_consumer(self.stream, consumer)
        except NotFoundError:  # the whole stream is missing
            await self.ensure_streams()
            await upkeep.ensure_consumer(self.stream, consumer)
        return await self.stream.pull_subscribe_bind(consumer.name, consumer.stream)

    async def check(self) -> None:
        """Raise if the bus can't be used. Waits for the first attempt to connect."""
        await self.first_try()
        if not self.is_connected:
            raise ConnectionError("not connected to NATS")

    async def close(self) -> None:
        """Send buffered messages and close the connection."""
        await process.finish(self._watching, _CLOSE_SECONDS)
        await process.finish(self._connecting, _CLOSE_SECONDS)
        await self.hints.close()
        # Not drain(): it would also wait for fetched messages that nobody will handle.
        with suppress(*BUS_ERRORS):
            if self.is_connected:
                await self.client.flush(timeout=_CLOSE_SECONDS)
        with suppress(RuntimeError):  # there is no connection on which the rest could be sent
            await self.client.close()
