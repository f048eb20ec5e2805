"""Consumers: fetch in batches, handle, acknowledge after the commit.

A batch that fails is tried message by message, so that a bad one does not stop the rest; one that
keeps failing is tried five times with growing pauses, then kept as a dead letter and taken off
the bus.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from servicekit.bus.connection import BUS_ERRORS, Bus
from servicekit.bus.outbox import announce
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

MAX_ATTEMPTS = 5
HANDLED = Counter("bus_messages_total", "Messages taken from the bus", ["consumer", "outcome"])

# A part that is down is no fault of the message: it is tried again until the part is back.
_NOT_THE_MESSAGES_FAULT = (OperationalError, Unavailable, *BUS_ERRORS)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a handler gets it. ``id`` is the same every time the bus brings it."""

    id: str
    subject: str
    payload: bytes


Handler = Callable[[Sequence[Incoming]], Awaitable[None]]
"""Carries out a batch in a transaction of its own, inbox rows included. Raising means that
nothing of the batch was done."""


class ConsumerLoop:
    """Feeds one consumer's messages to ``handler`` until cancelled."""

    def __init__(
        self, bus: Bus, database: Database, service: str, consumer: Consumer, handler: Handler
    ) -> None:
        self._bus = bus
        self._database = database
        self._service = service
        self._consumer = consumer
        self._handler = handler

    async def run(self) -> None:
        """Consume for ever; a lost connection or stream is waited out and bound again."""
        while True:
            try:
                subscription = await self._bus.subscribe(self._consumer)
                await self._drain(subscription)
            except (NotFoundError, *BUS_ERRORS) as error:
                log.warning("consumer_waits", consumer=self._consumer.name, error=repr(error))
                await asyncio.sleep(0.5)

    async def _drain(self, subscription: JetStreamContext.PullSubscription) -> None:
        while True:
            try:
                messages = await subscription.fetch(self._consumer.batch, timeout=5)
            except NatsTimeout:
                # Silence, or the consumer is gone: asking for it tells the two apart.
                await subscription.consumer_info()
                continue
            await self._handle(messages)

    async def _handle(self, messages: list[Msg]) -> None:
        try:
            await self._handler([_incoming(m) for m in messages])
        except Exception as error:  # noqa: BLE001 (whatever a handler raises is its message's fate)
            if len(messages) == 1:
                await self._retry_or_bury(messages[0], error)
                return
            for message in messages:
                await self._handle([message])
            return
        for message in messages:
            await message.ack()
        HANDLED.labels(self._consumer.name, "done").inc(len(messages))

    async def _retry_or_bury(self, message: Msg, error: Exception) -> None:
        attempts = message.metadata.num_delivered or 1
        log.warning(
            "message_failed",
            consumer=self._consumer.name,
            message_id=_incoming(message).id,
            attempts=attempts,
            exc_info=error,
        )
        if isinstance(error, _NOT_THE_MESSAGES_FAULT):
            await message.nak(delay=min(2.0, 0.2 * attempts))
        elif attempts < MAX_ATTEMPTS and not isinstance(error, DecodeError):
            await message.nak(delay=0.5 * 2**attempts)
        else:
            await self._bury(message, error, attempts)

    async def _bury(self, message: Msg, error: Exception, attempts: int) -> None:
        incoming = _incoming(message)
        letter = events_pb2.DeadLettered(
            consumer=self._consumer.name,
            subject=incoming.subject,
            message_id=incoming.id,
            payload=incoming.payload,
            error=f"{type(error).__name__}: {error}"[:500],
            attempts=attempts,
        )
        try:
            async with self._database.system() as connection:
                await announce(connection, (f"event.{self._service}.dead_letter", letter))
        except SQLAlchemyError:
            await message.nak(delay=2.0)
            return
        await message.term()
        HANDLED.labels(self._consumer.name, "buried").inc()


def _incoming(message: Msg) -> Incoming:
    headers = message.headers or {}
    # Published without an id only by hand; the stream's own sequence tells such messages apart.
    fallback = f"{message.metadata.stream}-{message.metadata.sequence.stream}"
    return Incoming(headers.get("Nats-Msg-Id", fallback), message.subject, message.data)
