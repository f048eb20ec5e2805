"""Consumers: each message has its effect once, and none is lost or in the way of others."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest
from nats.js.errors import NotFoundError
from sqlalchemy import select, text

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.bus import consumer as consumer_module
from servicekit.bus import inbox
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import MAX_ATTEMPTS, ConsumerLoop, Handler, Incoming
from servicekit.bus.outbox import outbox
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.migrations import upgrade
from servicekit.process import finish
from servicekit.tests.bus.kept import fresh_subject, note, text_of
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """A database of the test's own, with a table for effects."""
    url = migrated_database("billing")
    make_effects(url)
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(consumer_module, "_OUTAGE_PAUSE_SECONDS", 0.05)


def make_effects(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE effects (body text)")


def fresh_consumer(ack_wait: float = 30.0) -> Consumer:
    return Consumer(f"kit-{uuid4().hex}", "EVENTS", (fresh_subject(),), ack_wait=ack_wait)


@dataclass
class Effects:
    """A handler whose effects can be counted. ``broken`` texts fail, whatever else is there."""

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
    [subject] = consumer.subjects
    await bus.publish(
        [BusMessage(subject, uuid4().hex, note(body).SerializeToString()) for body in texts]
    )


async def is_done(bus: Bus, consumer: Consumer) -> bool:
    """Whether the bus has nothing more to bring and waits for no acknowledgement."""
    info = await bus.stream.consumer_info(consumer.stream, consumer.name)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def dead_letters(database: Database) -> list[events_pb2.DeadLettered]:
    async with database.system() as connection:
        rows = await connection.execute(
            select(outbox.c.payload).where(outbox.c.subject == "event.kit.dead_letter")
        )
        return [events_pb2.DeadLettered.FromString(payload) for payload in rows.scalars()]


async def test_a_batch_that_was_handled_is_acknowledged(database: Database, bus: Bus) -> None:
    effects = Effects(database, fresh_consumer())
    await publish(bus, effects.consumer, *"abcdef")
    async with consuming(bus, effects):
        pass
    async with consuming(bus, effects):
        await wait_until(lambda: effects.batches)
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert effects.batches == [list("abcdef")]
    assert await effects.seen() == list("abcdef")


async def test_a_bad_message_stops_nobody_and_becomes_one_dead_letter(
    database: Database, bus: Bus
) -> None:
    effects = Effects(database, fresh_consumer(), broken=frozenset("c"))
    await publish(bus, effects.consumer, *"abcde")
    async with consuming(bus, effects):
        await wait_until(lambda: dead_letters(database))
        await wait_until(lambda: is_done(bus, effects.consumer))
        await publish(bus, effects.consumer, "f")
        await wait_until(lambda: effects.attempts["f"])
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == list("abdef")
    [letter] = await dead_letters(database)
    assert text_of(letter.payload) == "c"
    assert (letter.consumer, letter.attempts) == (effects.consumer.name, MAX_ATTEMPTS)
    assert letter.subject == effects.consumer.subjects[0]
    assert letter.error == "ValueError: no such account"
    assert effects.attempts["c"] == MAX_ATTEMPTS + 1  # the first time in a batch with the others


async def test_the_pauses_between_attempts_grow(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_PAUSE_SECONDS", 0.1)
    effects = Effects(database, fresh_consumer(), broken=frozenset("c"))
    moments: list[float] = []

    async def handle(batch: Sequence[Incoming]) -> None:
        moments.append(time.monotonic())
        await effects(batch)

    await publish(bus, effects.consumer, "c")
    task = asyncio.create_task(loop_of(bus, effects, handle).run())
    await wait_until(lambda: dead_letters(database))
    await finish(task, 5)
    pauses = [after - before for before, after in pairwise(moments)]
    assert len(pauses) == MAX_ATTEMPTS - 1
    for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.8), strict=True):
        assert pause >= least * 0.95


async def test_what_nobody_can_read_is_buried_at_once(database: Database, bus: Bus) -> None:
    effects = Effects(database, fresh_consumer())
    await publish(bus, effects.consumer, "a")
    await bus.publish([BusMessage(effects.consumer.subjects[0], uuid4().hex, b"\xff\xff")])
    await publish(bus, effects.consumer, "b")
    async with consuming(bus, effects):
        await wait_until(lambda: dead_letters(database))
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == ["a", "b"]
    [letter] = await dead_letters(database)
    assert (letter.payload, letter.attempts) == (b"\xff\xff", 1)


async def test_a_part_that_is_down_is_no_fault_of_the_message(database: Database, bus: Bus) -> None:
    effects = Effects(database, fresh_consumer(), frozenset("c"), Unavailable("billing is away"))
    await publish(bus, effects.consumer, *"abc")
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["c"] > MAX_ATTEMPTS + 3)
        assert await effects.seen() == ["a", "b"]
        effects.broken = frozenset()
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == list("abc")
    assert await dead_letters(database) == []


async def test_an_outage_uses_up_no_attempts(database: Database, bus: Bus) -> None:
    """After many deliveries in vain a first real failure is still the first."""
    effects = Effects(database, fresh_consumer(), frozenset("c"), Unavailable("billing is away"))
    await publish(bus, effects.consumer, "c")
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["c"] > MAX_ATTEMPTS)
        before = effects.attempts["c"]
        effects.error = ValueError("no such account")
        await wait_until(lambda: dead_letters(database))
    [letter] = await dead_letters(database)
    assert letter.attempts == MAX_ATTEMPTS
    assert effects.attempts["c"] >= before + MAX_ATTEMPTS - 1  # one may have been under way


async def test_waiting_for_a_connection_in_vain_uses_up_no_attempts(
    migrated_database: Callable[[str], str], bus: Bus, database: Database
) -> None:
    busy = Database(migrated_database("billing"), pool_size=1)
    busy.engine.pool._timeout = 0.02  # type: ignore[attr-defined]  # seconds; 10 is for real
    attempts, consumer = 0, fresh_consumer()

    async def handle(batch: Sequence[Incoming]) -> None:
        nonlocal attempts
        attempts += 1
        async with busy.system():
            pass

    await publish(bus, consumer, "a")
    task = asyncio.create_task(ConsumerLoop(bus, database, "kit", consumer, handle).run())
    async with busy.system():
        await wait_until(lambda: attempts > MAX_ATTEMPTS + 1)
    await wait_until(lambda: is_done(bus, consumer))
    await finish(task, 5)
    await busy.close()
    assert await dead_letters(database) == []


async def test_messages_wait_for_a_database_that_is_away(own_postgres: Postgres, bus: Bus) -> None:
    create_role(own_postgres.url(), "kit", "kit")
    create_database(own_postgres.url(), "kit", "kit")
    url = f"postgresql://kit:kit@{own_postgres.url('kit').rpartition('@')[2]}"
    upgrade("billing", url)
    make_effects(url)
    database = Database(url)
    effects = Effects(database, fresh_consumer())
    async with consuming(bus, effects):
        await publish(bus, effects.consumer, "before")
        await wait_until(lambda: is_done(bus, effects.consumer))
        own_postgres.process.kill(keep_down=True)
        await publish(bus, effects.consumer, "a", "b")
        await wait_until(lambda: effects.attempts["a"] > MAX_ATTEMPTS)
        own_postgres.start()
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == ["a", "b", "before"]
    assert await dead_letters(database) == []
    await database.close()


async def test_a_consumer_that_is_stopped_finishes_its_batch_first(
    database: Database, bus: Bus
) -> None:
    effects = Effects(database, fresh_consumer())
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(batch: Sequence[Incoming]) -> None:
        begun.set()
        await go_on.wait()
        await effects(batch)

    await publish(bus, effects.consumer, "a")
    task = asyncio.create_task(loop_of(bus, effects, slowly).run())
    await begun.wait()
    stopping = asyncio.create_task(finish(task, 5))
    await wait_until(task.cancelling)
    assert not task.done()
    go_on.set()
    await stopping
    assert task.cancelled()
    assert await effects.seen() == ["a"]
    assert await is_done(bus, effects.consumer)


async def test_a_consumer_that_dies_before_it_acknowledges_has_its_effect_once(
    database: Database, bus: Bus
) -> None:
    effects = Effects(database, fresh_consumer(ack_wait=0.5))
    committed = asyncio.Event()

    async def never_return(batch: Sequence[Incoming]) -> None:
        await effects(batch)
        committed.set()
        await asyncio.Event().wait()

    await publish(bus, effects.consumer, "a")
    dying = asyncio.create_task(loop_of(bus, effects, never_return).run())
    await committed.wait()
    await finish(dying, 0)
    dying.cancel()  # a second time: it may not finish
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["a"] == 2)
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == ["a"]


async def test_a_stream_that_was_deleted_is_bound_again(database: Database, own_nats: Nats) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    effects = Effects(database, fresh_consumer())
    async with consuming(bus, effects):
        await publish(bus, effects.consumer, "a")
        await wait_until(lambda: effects.attempts["a"])
        await bus.stream.delete_stream("EVENTS")
        await wait_until(lambda: is_bound(bus, effects.consumer))
        await publish(bus, effects.consumer, "b")
        await wait_until(lambda: effects.attempts["b"])
    await bus.close()
    assert await effects.seen() == ["a", "b"]


async def is_bound(bus: Bus, consumer: Consumer) -> bool:
    try:
        await bus.stream.consumer_info(consumer.stream, consumer.name)
    except NotFoundError:
        return False
    return True


async def test_a_bus_is_closed_at_once_although_messages_are_left(
    database: Database, own_nats: Nats
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    effects = Effects(database, fresh_consumer())
    await publish(bus, effects.consumer, *map(str, range(300)))
    async with consuming(bus, effects):
        await wait_until(lambda: effects.batches)
    await asyncio.wait_for(bus.close(), 3)
    assert bus.client.is_closed
