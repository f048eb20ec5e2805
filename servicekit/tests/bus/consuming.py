"""Run a consumer whose effects can be counted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
from nats.js.errors import NotFoundError
from sqlalchemy import select, text

from servicekit.bus import inbox
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import ConsumerLoop, Handler, Incoming
from servicekit.bus.outbox import outbox
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.process import finish
from servicekit.tests.bus.bus_texts import fresh_subject, payload_with, text_of
from smsblaster.webhooks.v1 import events_pb2


def make_effects(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE effects (body text)")


def fresh_consumer(ack_wait: float = 30.0) -> Consumer:
    return Consumer(f"kit-{uuid4().hex}", "EVENTS", fresh_subject(), ack_wait=ack_wait)


@dataclass
class Effects:
    """A message handler whose effects can be counted. Messages in ``broken`` always fail."""

    database: Database
    consumer: Consumer
    broken: frozenset[str] = frozenset()
    error: Exception = field(default_factory=lambda: ValueError("no such account"))
    attempts: Counter[str] = field(default_factory=Counter)
    batches: list[list[str]] = field(default_factory=list)

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        texts = [text_of(incoming.payload) for incoming in batch]
        self.attempts.update(texts)
        self.batches.append(texts)
        async with self.database.system() as connection:
            ids = [incoming.id for incoming in batch]
            fresh = await inbox.claim(connection, self.consumer.name, ids)
            for incoming in batch:
                if incoming.id in fresh:
                    await connection.execute(
                        text("INSERT INTO effects VALUES (:body)"),
                        {"body": text_of(incoming.payload)},
                    )
            if self.broken.intersection(texts):
                raise self.error

    async def seen(self) -> list[str]:
        async with self.database.system() as connection:
            rows = await connection.execute(text("SELECT body FROM effects ORDER BY body"))
            return list(rows.scalars())


def loop_of(bus: Bus, effects: Effects, handler: Handler | None = None) -> ConsumerLoop:
    return ConsumerLoop(bus, effects.database, "kit", effects.consumer, handler or effects)


@asynccontextmanager
async def consuming(bus: Bus, effects: Effects) -> AsyncIterator[None]:
    task = asyncio.create_task(loop_of(bus, effects).run())
    try:
        yield
    finally:
        await finish(task, 5)


async def publish(bus: Bus, consumer: Consumer, *texts: str) -> None:
    subject = consumer.subject
    await bus.publish(
        [BusMessage(subject, uuid4().hex, payload_with(body).SerializeToString()) for body in texts]
    )


async def is_done(bus: Bus, consumer: Consumer) -> bool:
    """Tell whether the bus has nothing to deliver to the consumer and waits for no acknowledgement.

    Returns False for a consumer that the bus does not know yet.
    """
    try:
        info = await bus.stream.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        return False
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def dead_letters(database: Database) -> list[events_pb2.DeadLettered]:
    async with database.system() as connection:
        rows = await connection.execute(
            select(outbox.c.payload).where(outbox.c.subject == "event.kit.dead_letter")
        )
        return [events_pb2.DeadLettered.FromString(payload) for payload in rows.scalars()]
