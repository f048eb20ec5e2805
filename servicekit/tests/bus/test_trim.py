"""Acknowledged messages are deleted from the bus, and a full bus loses nothing."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from deploy.local.nats import Nats
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.logins import CONSUMERS
from servicekit.bus.relay import Relay
from servicekit.bus.streams import GATEWAY_AUDIT, WEBHOOKS_OUTCOMES, Consumer
from servicekit.bus.trim import delete_acknowledged
from servicekit.db.database import Database
from servicekit.tests.bus.bus_texts import announce_texts, stored_texts, unpublished
from tests.fixtures.poison import recorded
from tests.fixtures.waiting import wait_until

AUDIT, HANDLED = "event.billing.audit", "event.billing.webhook_handled"
ONE_KIB = 1024


@pytest.fixture
async def own_bus(own_nats: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(own_nats.url, "tests")
    yield bus
    await bus.close()


async def make_consumers(bus: Bus, *but: Consumer) -> None:
    for consumer in CONSUMERS:
        if consumer not in but:
            await (await bus.subscribe(consumer)).unsubscribe()


async def handle(bus: Bus, consumer: Consumer, count: int) -> None:
    """Acknowledge ``count`` messages of a consumer."""
    subscription = await bus.subscribe(consumer)
    messages = await subscription.fetch(count)
    assert len(messages) == count
    for message in messages:
        await message.ack()
    await bus.client.flush()
    await subscription.unsubscribe()


async def left(bus: Bus) -> tuple[int, int]:
    """Return how many messages EVENTS has, and the sequence number of the first one."""
    state = (await bus.stream.stream_info("EVENTS")).state
    return state.messages, state.first_seq


async def test_only_messages_acknowledged_by_every_consumer_are_deleted(
    own_bus: Bus,
) -> None:
    await make_consumers(own_bus)
    said = [BusMessage(AUDIT if n % 2 else HANDLED, str(n), b"x") for n in range(10)]
    await own_bus.publish(said)
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (10, 1)
    await handle(own_bus, WEBHOOKS_OUTCOMES, 5)
    await handle(own_bus, GATEWAY_AUDIT, 2)
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (6, 5)
    # A repeat is still recognised.
    await own_bus.publish(said)
    assert await left(own_bus) == (6, 5)
    await handle(own_bus, GATEWAY_AUDIT, 3)
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (0, 11)


async def test_a_message_that_is_being_handled_is_not_deleted(own_bus: Bus) -> None:
    await make_consumers(own_bus)
    await own_bus.publish([BusMessage(AUDIT, str(n), b"x") for n in range(3)])
    subscription = await own_bus.subscribe(GATEWAY_AUDIT)
    first, second, third = await subscription.fetch(3)
    await third.ack()
    await first.ack_sync()
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (2, 2)
    await second.ack_sync()
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (0, 4)


async def test_nothing_is_deleted_while_a_consumer_is_missing(own_bus: Bus) -> None:
    await make_consumers(own_bus, GATEWAY_AUDIT)
    await own_bus.publish([BusMessage(AUDIT, "1", b"x")])
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (1, 1)
    await handle(own_bus, GATEWAY_AUDIT, 1)
    await delete_acknowledged(own_bus.stream, "EVENTS")
    assert await left(own_bus) == (0, 2)


async def test_a_full_bus_loses_nothing_and_continues_once_there_is_space(
    database: Database, own_bus: Bus
) -> None:
    """Refused messages stay in the outbox, and stored messages stay on the bus."""
    found = (await own_bus.stream.stream_info("EVENTS")).config
    await own_bus.stream.update_stream(found.evolve(max_bytes=20 * ONE_KIB))
    texts = [f"{number} {'x' * ONE_KIB}" for number in range(40)]
    async with database.system() as connection:
        await announce_texts(connection, AUDIT, texts)
    relay = Relay(database, own_bus, "kit")

    with pytest.raises(Exception, match="maximum bytes exceeded"):
        await relay.publish_batch()
    on_the_bus, first = await left(own_bus)
    assert (0 < on_the_bus < 20, first) == (True, 1)
    assert await unpublished(database) == 40

    await own_bus.stream.update_stream(found.evolve(max_bytes=200 * ONE_KIB))

    async def everything_is_published() -> bool:
        await relay.publish_batch()
        return await unpublished(database) == 0

    await wait_until(everything_is_published)
    assert await stored_texts(own_bus, AUDIT, len(texts)) == texts
    assert not await recorded(database, "relay")
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM outbox"))
