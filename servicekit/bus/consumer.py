"""Consumers: fetch in batches, handle, acknowledge after the commit.

If a batch fails, its messages are tried one by one, so that a bad message does not stop the others.
A message that keeps failing is tried five times with growing pauses, then stored as a dead letter
and taken off the bus. While the database can't be reached, attempts are not counted: the message is
delivered again until the database is back. A message that needs a locked row is also delivered
again, alone, after growing pauses.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError

from servicekit.bus import subjects
from servicekit.bus.connection import BUS_ERRORS, Bus
from servicekit.bus.outbox import announce
from servicekit.bus.spans import handling
from servicekit.bus.streams import Consumer
from servicekit.bus.upkeep import ConsumerRefused
from servicekit.db.database import Database, is_busy, is_contention, is_outage
from servicekit.db.limits import IMPATIENT, working_within
from servicekit.errors import Blocked, Unavailable
from servicekit.failing_items import cause_of
from servicekit.process import raise_if_cancelled
from servicekit.telemetry import clocks
from servicekit.telemetry.tracing import HEADER, Span
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

MAX_ATTEMPTS = 5
_PART_AWAY = (Unavailable, *BUS_ERRORS)
_DONE, _DEAD_LETTERED = "done", "buried"
HANDLED = Counter(
    "smsblaster_bus_messages_total", "Messages taken from the bus", ["consumer", "outcome"]
)
LAG = Gauge(
    "smsblaster_bus_consumer_lag_seconds",
    "Age of the oldest message of the last batch, 0 while a consumer has nothing to do",
    ["consumer"],
)

_PAUSE_SECONDS = 1.0
"""Seconds before the second attempt; the pause doubles after each further attempt."""
_OUTAGE_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_REFUSED_SECONDS = 30.0
"""Seconds before we ask again for a consumer that the server has refused to create."""
_MAX_KEPT_BYTES = 900_000
"""The largest message that a dead letter can hold.

A dead letter is itself a message of limited size.
"""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a handler gets it. ``id`` is the same for every delivery of the message.

    ``traceparent`` is the trace of the work that published it, if that is known.
    """

    id: str
    subject: str
    payload: bytes
    traceparent: str | None = None


Handler = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Handles a batch and writes its inbox rows in one transaction.

If it raises an error, the transaction is rolled back and nothing has changed.
"""


class ConsumerLoop:
    """Passes one consumer's messages to ``handler`` until it is cancelled."""

    def __init__(
        self, bus: Bus, database: Database, service: str, consumer: Consumer, handler: Handler
    ) -> None:
        self._bus = bus
        self._database = database
        self._service = service
        self._consumer = consumer
        self._handler = handler
        # We count failures ourselves, because the bus also counts deliveries during an outage and
        # deliveries to a process that died.
        self._failures: Tally[str] = Tally()
        self._waits: Tally[str] = Tally()
        for outcome in (_DONE, _DEAD_LETTERED):
            HANDLED.labels(consumer.name, outcome)
        self._lag = LAG.labels(consumer.name)

    async def run(self) -> None:
        """Consume for ever. If the connection or the stream is lost, wait and subscribe again.

        When this task is cancelled, the current batch is finished first.
        """
        while True:
            raise_if_cancelled()
            try:
                subscription = await self._bus.subscribe(self._consumer)
                try:
                    await self._drain(subscription)
                finally:
                    with suppress(*BUS_ERRORS):
                        await subscription.unsubscribe()
            except ConsumerRefused:
                await asyncio.sleep(_REFUSED_SECONDS)
            except (NotFoundError, *BUS_ERRORS) as error:
                log.warning("consumer_waits", consumer=self._consumer.name, error=repr(error))
                await asyncio.sleep(0.5)

    async def _drain(self, subscription: JetStreamContext.PullSubscription) -> None:
        while True:
            raise_if_cancelled()
            messages = await self._fetched(subscription)
            if not messages:
                # To find out whether the consumer was deleted, we ask for it.
                await subscription.consumer_info()
                self._lag.set(0)
                continue
            self._lag.set(_age(messages))
            await _to_its_end(self._handle(messages))
            if len(messages) < self._consumer.batch:
                await asyncio.sleep(self._consumer.linger)

    async def _fetched(self, subscription: JetStreamContext.PullSubscription) -> list[Msg]:
        """Wait for messages. Returns an empty list if no message came within some seconds.

        In this case the client raises an error if its own time limit ends first, and returns an
        empty list if the server's response comes first.
        """
        try:
            return await subscription.fetch(self._consumer.batch, timeout=5)
        except TimeoutError:
            return []

    async def _handle(self, messages: list[Msg]) -> None:
        batch = [_incoming(message) for message in messages]
        with handling(self._consumer.name, (each.traceparent for each in batch)) as spans:
            await self._handle_traced(messages, batch, spans)

    async def _handle_traced(
        self, messages: list[Msg], batch: Sequence[Incoming], spans: Sequence[Span]
    ) -> None:
        # A message that is delivered again may find its row locked again, and the next messages
        # would wait for it.
        again = all(message.metadata.num_delivered > 1 for message in messages)
        try:
            with working_within(IMPATIENT) if again else nullcontext():
                await self._handler(batch)
        except Exception as error:  # noqa: BLE001 (whatever a handler raises is its message's fate)
            for span in spans:
                span.fail(type(error).__name__)
            await self._take_back(messages, error)
            return
        for message in messages:
            await message.ack()
        for incoming in batch if self._failures or self._waits else ():
            self._failures.pop(incoming.id, None)
            self._waits.pop(incoming.id, None)
        HANDLED.labels(self._consumer.name, _DONE).inc(len(messages))

    async def _take_back(self, messages: list[Msg], error: Exception) -> None:
        if is_outage(error) and not is_contention(error):
            log.warning("messages_wait", consumer=self._consumer.name, error=repr(error))
            for message in messages:
                await message.nak(delay=_OUTAGE_PAUSE_SECONDS)
        elif len(messages) == 1 and (is_contention(error) or isinstance(error, _PART_AWAY)):
            await self._put_off(messages[0], error)
        elif len(messages) == 1:
            await self._retry_or_dead_letter(messages[0], error)
        else:
            with working_within(IMPATIENT) if is_busy(error) else nullcontext():
                for message in messages:
                    await self._handle([message])

    async def _put_off(self, message: Msg, error: Exception) -> None:
        """Defer a message to a later delivery, because something that it needs is not available.

        The pause grows if the message itself is the cause, so that this message does not delay
        others.
        """
        incoming = _incoming(message)
        if is_contention(error) or isinstance(error, Blocked):
            self._waits[incoming.id] += 1
        pause = _OUTAGE_PAUSE_SECONDS * 2 ** min(self._waits[incoming.id], 6)
        log.warning(
            "message_waits",
            consumer=self._consumer.name,
            message_id=incoming.id,
            error=repr(error),
        )
        await message.nak(delay=min(pause, _LONGEST_PAUSE_SECONDS))

    async def _retry_or_dead_letter(self, message: Msg, error: Exception) -> None:
        incoming = _incoming(message)
        self._failures[incoming.id] += 1
        attempts = self._failures[incoming.id]
        log.warning(
            "message_failed",
            consumer=self._consumer.name,
            message_id=incoming.id,
            attempts=attempts,
            exc_info=error,
        )
        if attempts < MAX_ATTEMPTS and not isinstance(error, DecodeError):
            await message.nak(delay=_PAUSE_SECONDS * 2 ** (attempts - 1))
        else:
            await self._dead_letter(message, incoming, error)

    async def _dead_letter(self, message: Msg, incoming: Incoming, error: Exception) -> None:
        fits = len(incoming.payload) <= _MAX_KEPT_BYTES
        letter = events_pb2.DeadLettered(
            consumer=self._consumer.name,
            subject=incoming.subject,
            message_id=incoming.id,
            payload=incoming.payload if fits else b"",
            error=cause_of(error) if fits else f"too large to be stored; {cause_of(error)}",
            attempts=self._failures[incoming.id],
        )
        try:
            async with self._database.system() as connection:
                await announce(connection, (subjects.dead_letter(self._service), letter))
        except Exception as trouble:  # whatever the error, the consumer goes on with others
            log.exception("message_not_dead_lettered", message_id=incoming.id)
            outage = isinstance(trouble, SQLAlchemyError)
            await message.nak(delay=_OUTAGE_PAUSE_SECONDS if outage else _LONGEST_PAUSE_SECONDS)
            return
        await message.term()
        del self._failures[incoming.id]
        HANDLED.labels(self._consumer.name, _DEAD_LETTERED).inc()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Wait until ``work`` has ended.

    If this task is cancelled once, it still waits for the end. If it is cancelled twice, it cancels
    ``work``.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _age(messages: Sequence[Msg]) -> float:
    """Return the seconds since the bus has stored the oldest of ``messages``."""
    return clocks.age_of(min(message.metadata.timestamp for message in messages))


def _incoming(message: Msg) -> Incoming:
    headers = message.headers or {}
    message_id = headers.get("Nats-Msg-Id") or _place_of(message)
    return Incoming(message_id, message.subject, message.data, headers.get(HEADER))


def _place_of(message: Msg) -> str:
    """Return the message's id, or its position in the stream if it was published without an id."""
    return f"{message.metadata.stream}-{message.metadata.sequence.stream}"
