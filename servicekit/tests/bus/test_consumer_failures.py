"""Failing messages are retried without delaying others, and finally become dead letters."""

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from itertools import pairwise
from uuid import uuid4

import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.bus import consumer as consumer_module
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import MAX_ATTEMPTS, ConsumerLoop, Incoming
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.migrations import upgrade
from servicekit.process import finish
from servicekit.tests.bus.bus_texts import text_of
from servicekit.tests.bus.consuming import (
    Effects,
    consuming,
    dead_letters,
    fresh_consumer,
    is_done,
    loop_of,
    make_effects,
    publish,
)
from tests.fixtures.waiting import wait_until


async def test_a_bad_message_becomes_one_dead_letter_and_does_not_stop_the_others(
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
    assert letter.subject == effects.consumer.subject
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


async def test_an_unreadable_message_is_dead_lettered_at_once(database: Database, bus: Bus) -> None:
    effects = Effects(database, fresh_consumer())
    await publish(bus, effects.consumer, "a")
    await bus.publish([BusMessage(effects.consumer.subject, uuid4().hex, b"\xff\xff")])
    await publish(bus, effects.consumer, "b")
    async with consuming(bus, effects):
        await wait_until(lambda: dead_letters(database))
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == ["a", "b"]
    [letter] = await dead_letters(database)
    assert (letter.payload, letter.attempts) == (b"\xff\xff", 1)


async def test_a_message_is_retried_while_another_service_is_unavailable(
    database: Database, bus: Bus
) -> None:
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
    """Deliveries during an outage are not counted: the first failure after it is attempt 1."""
    effects = Effects(database, fresh_consumer(), frozenset("c"), Unavailable("billing is away"))
    await publish(bus, effects.consumer, "c")
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["c"] > MAX_ATTEMPTS)
        before = effects.attempts["c"]
        effects.error = ValueError("no such account")
        await wait_until(lambda: dead_letters(database))
    [letter] = await dead_letters(database)
    assert letter.attempts == MAX_ATTEMPTS
    assert effects.attempts["c"] >= before + MAX_ATTEMPTS - 1  # one failure may have been under way


async def test_a_consumer_that_gets_no_database_connection_in_time_uses_up_no_attempts(
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


async def test_a_message_that_needs_a_locked_row_is_delivered_again_and_delays_no_others(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_LONGEST_PAUSE_SECONDS", 0.05)
    consumer, done = fresh_consumer(), list[str]()
    attempts: Tally[str] = Tally()
    lock = text("SELECT pg_advisory_xact_lock(hashtext(:body))")

    async def handle(batch: Sequence[Incoming]) -> None:
        texts = [text_of(incoming.payload) for incoming in batch]
        attempts.update(texts)
        async with database.system() as connection:
            for body in texts:
                await connection.execute(lock, {"body": body})
        done.extend(texts)

    async with database.system() as holder:
        await holder.execute(lock, {"body": "held"})
        await publish(bus, consumer, "a", "held", "b")
        task = asyncio.create_task(ConsumerLoop(bus, database, "kit", consumer, handle).run())
        await wait_until(lambda: attempts["held"] > MAX_ATTEMPTS + 1)
        assert sorted(done) == ["a", "b"]
    await wait_until(lambda: is_done(bus, consumer))
    await finish(task, 5)
    assert sorted(done) == ["a", "b", "held"]
    assert await dead_letters(database) == []


async def test_messages_wait_until_the_database_is_back(own_postgres: Postgres, bus: Bus) -> None:
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


async def test_a_locked_row_does_not_stop_the_other_messages_of_the_batch(
    database: Database, bus: Bus
) -> None:
    """A lock does not affect other messages, unlike an outage, so they must not wait for it."""
    locked = OperationalError("UPDATE x", {}, LockNotAvailable("canceling statement"))
    effects = Effects(database, fresh_consumer(), frozenset("b"), locked)
    await publish(bus, effects.consumer, *"abc")
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["b"] > 2)
        assert await effects.seen() == ["a", "c"]
        effects.broken = frozenset()
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == list("abc")
    assert await dead_letters(database) == []


async def test_a_message_too_large_for_a_dead_letter_is_recorded_without_its_payload(
    database: Database, bus: Bus
) -> None:
    effects = Effects(database, fresh_consumer())
    subject = effects.consumer.subject
    garbage = b"\xff" * (bus.client.max_payload - 1000)
    await bus.publish([BusMessage(subject, uuid4().hex, garbage)])
    async with consuming(bus, effects):
        await wait_until(lambda: dead_letters(database))
        await wait_until(lambda: is_done(bus, effects.consumer))
    [letter] = await dead_letters(database)
    assert (letter.payload, letter.error.startswith("too large to be stored")) == (b"", True)
