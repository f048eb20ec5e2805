"""Consumers: each message takes effect once, even if the consumer dies or the stream is lost."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from prometheus_client import REGISTRY

from deploy.local.nats import Nats
from servicekit.bus.connection import Bus
from servicekit.bus.consumer import Incoming
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.process import finish
from servicekit.tests.bus.consuming import (
    Effects,
    consuming,
    fresh_consumer,
    is_done,
    loop_of,
    publish,
)
from tests.fixtures.waiting import wait_until


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


async def test_the_age_of_handled_messages_is_measured(database: Database, bus: Bus) -> None:
    effects = Effects(database, fresh_consumer())
    labels = {"consumer": effects.consumer.name}

    def lag() -> float | None:
        return REGISTRY.get_sample_value("smsblaster_bus_consumer_lag_seconds", labels)

    async with consuming(bus, effects):
        await publish(bus, effects.consumer, "a")
        await wait_until(lambda: effects.batches)
    published = time.time()
    await publish(bus, effects.consumer, "b")
    await wait_until(lambda: time.time() - published > 1)
    async with consuming(bus, effects):
        await wait_until(lambda: len(effects.batches) > 1)
        assert (lag() or 0) >= 1
        await wait_until(lambda: lag() == 0)


async def test_a_consumer_goes_on_after_the_client_has_returned_an_empty_list(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client does so if the server's response "none" comes just before its own time limit."""
    fetch, empty = JetStreamContext.PullSubscription.fetch, 3

    async def fetch_late(
        subscription: JetStreamContext.PullSubscription, batch: int, timeout: float
    ) -> list[Msg]:
        nonlocal empty
        empty -= 1
        return [] if empty >= 0 else await fetch(subscription, batch, timeout)

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", fetch_late)
    effects = Effects(database, fresh_consumer())
    async with consuming(bus, effects):
        await wait_until(lambda: empty < 0)
        await publish(bus, effects.consumer, "a")
        await wait_until(lambda: effects.batches)
    assert effects.batches == [["a"]]


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


async def test_a_message_takes_effect_once_even_if_its_consumer_dies_before_acknowledging_it(
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
    dying.cancel()  # a second cancel: the batch may not finish
    async with consuming(bus, effects):
        await wait_until(lambda: effects.attempts["a"] == 2)
        await wait_until(lambda: is_done(bus, effects.consumer))
    assert await effects.seen() == ["a"]


async def test_a_deleted_stream_is_created_again_and_its_consumer_continues(
    database: Database, own_nats: Nats
) -> None:
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


async def test_a_bus_connection_closes_at_once_even_if_fetched_messages_are_not_handled(
    database: Database, own_nats: Nats
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    effects = Effects(database, fresh_consumer())
    await publish(bus, effects.consumer, *map(str, range(300)))
    async with consuming(bus, effects):
        await wait_until(lambda: effects.batches)
    await asyncio.wait_for(bus.close(), 3)
    assert bus.client.is_closed
