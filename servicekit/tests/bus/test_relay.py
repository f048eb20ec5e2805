"""The outbox: events that a transaction stores are published once and in order."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from nats.aio.msg import Msg
from nats.errors import MaxPayloadError
from sqlalchemy import select, text

from deploy.local.nats import Nats
from servicekit.bus import inbox
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import ConsumerLoop, Incoming
from servicekit.bus.outbox import outbox
from servicekit.bus.relay import Relay
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.process import finish
from servicekit.tests.bus.bus_texts import (
    announce_texts,
    fresh_subject,
    stored_texts,
    text_of,
    unpublished,
)
from tests.fixtures.databases import as_owner
from tests.fixtures.poison import recorded
from tests.fixtures.waiting import wait_until

MANY = [str(number) for number in range(1200)]
"""More events than two batches of the relay."""


@asynccontextmanager
async def relaying(*relays: Relay) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
    finally:
        for task in tasks:
            await finish(task, 5)


async def is_published(database: Database) -> bool:
    return await unpublished(database) == 0


async def test_events_of_a_transaction_are_published_in_order(database: Database, bus: Bus) -> None:
    subject = fresh_subject()
    async with database.system() as connection:
        await announce_texts(connection, subject, MANY)
    async with relaying(Relay(database, bus, "kit")):
        assert await stored_texts(bus, subject, len(MANY)) == MANY


async def test_nothing_is_published_before_the_commit_or_after_a_rollback(
    database: Database, bus: Bus
) -> None:
    subject = fresh_subject()

    async def announce_and_fail() -> None:
        async with database.system() as connection:
            await announce_texts(connection, subject, ["rolled back"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await announce_and_fail()
    relay = Relay(database, bus, "kit")
    async with database.system() as connection:
        await announce_texts(connection, subject, ["committed"])
        assert await relay.publish_batch() == 0
    assert await relay.publish_batch() == 1
    assert await stored_texts(bus, subject, 1) == ["committed"]


async def test_an_event_that_the_bus_cannot_carry_is_refused_before_it_blocks_the_rest(
    database: Database, bus: Bus
) -> None:
    subject = fresh_subject()
    async with database.system() as connection:
        await announce_texts(connection, subject, ["x" * 990_000])
        with pytest.raises(ValueError, match="bytes"):
            await announce_texts(connection, subject, ["x" * 1_000_001])
        await announce_texts(connection, subject, ["after"])
    async with relaying(Relay(database, bus, "kit")):
        assert (await stored_texts(bus, subject, 2))[1] == "after"


async def test_two_relays_publish_each_row_once_and_in_order(database: Database, bus: Bus) -> None:
    subject = fresh_subject()
    published: list[str] = []

    async def hear(message: Msg) -> None:
        published.append(text_of(message.data))

    # Subscribed without the stream, because the stream would drop repeated messages.
    subscription = await bus.client.subscribe(subject, cb=hear)
    async with relaying(*(Relay(database, bus, "kit") for _ in range(2))):
        for start in range(0, len(MANY), 100):
            async with database.system() as connection:
                await announce_texts(connection, subject, MANY[start : start + 100])
        await wait_until(lambda: is_published(database))
        await wait_until(lambda: len(published) >= len(MANY))
    await subscription.unsubscribe()
    assert published == MANY


async def test_events_written_while_the_bus_is_down_are_published_when_it_is_back(
    database: Database, own_nats: Nats
) -> None:
    subject = fresh_subject()
    bus = await Bus.connect(own_nats.url, "tests")
    relay = Relay(database, bus, "kit")
    async with relaying(relay):
        await wait_until(lambda: knows_streams(database))
        own_nats.stop()
        await wait_until(lambda: not bus.client.is_connected)
        async with database.system() as connection:
            await announce_texts(connection, subject, MANY)

        async def fails() -> bool:
            try:
                await relay.publish_batch()
            except OSError as error:
                return "not connected" in str(error)
            return False  # the running relay was trying at this moment, and has the lock

        await wait_until(fails)
        assert await unpublished(database) == len(MANY)
        own_nats.start()
        assert await stored_texts(bus, subject, len(MANY)) == MANY
        await wait_until(lambda: is_published(database))
    await bus.close()


async def test_messages_that_failed_in_an_outage_do_not_fill_the_limit_of_unacknowledged_messages(
    own_nats: Nats,
) -> None:
    """The client allows a few thousand unacknowledged messages; failed ones must not count."""
    bus = await Bus.connect(own_nats.url, "tests")
    own_nats.stop()
    await wait_until(lambda: not bus.client.is_connected)
    batch = [BusMessage("event.kit.x", text, b"x" * 1000) for text in MANY]
    for _ in range(10):
        with pytest.raises(OSError, match="not connected"):
            await bus.publish(batch)
    await wait_until(lambda: bus.stream.publish_async_pending() == 0)
    own_nats.start()
    await wait_until(lambda: bus.client.is_connected)
    await bus.publish(batch)
    await bus.close()


async def test_no_message_of_an_interrupted_batch_is_counted_as_unacknowledged(
    own_nats: Nats,
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    fine = [BusMessage("event.kit.x", number, b"x") for number in "123"]
    too_large = BusMessage("event.kit.x", "4", b"x" * (bus.client.max_payload + 1))
    pid = own_nats.process.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)  # so that the other messages get no answer
    try:
        with pytest.raises(MaxPayloadError):
            await bus.publish([*fine, too_large])
        # The client always counts one message too many as waiting.
        await wait_until(lambda: bus.stream.publish_async_pending() == 1)
    finally:
        os.kill(pid, signal.SIGCONT)
    await bus.close()


async def test_publishing_without_a_stream_fails_and_leaves_no_message_unacknowledged(
    own_nats: Nats,
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    await bus.stream.delete_stream("EVENTS")
    with pytest.raises(Exception, match="no response from stream"):
        await bus.publish([BusMessage("event.kit.x", text, b"x") for text in MANY])
    await wait_until(lambda: bus.stream.publish_async_pending() == 0)
    await bus.close()


async def test_messages_that_the_bus_lost_are_published_again_and_each_is_handled_once(
    database: Database, own_nats: Nats
) -> None:
    subject = fresh_subject()
    bus = await Bus.connect(own_nats.url, "tests")
    consumer = Consumer("kit-lost-store", "EVENTS", subject)
    brought: list[str] = []
    acted_on: list[str] = []

    async def act(batch: Sequence[Incoming]) -> None:
        async with database.system() as connection:
            fresh = await inbox.claim(connection, consumer.name, [m.id for m in batch])
        brought.extend(text_of(m.payload) for m in batch)
        acted_on.extend(text_of(m.payload) for m in batch if m.id in fresh)

    async with database.system() as connection:
        await announce_texts(connection, subject, ["a", "b"])
    consuming = asyncio.create_task(ConsumerLoop(bus, database, "kit", consumer, act).run())
    async with relaying(Relay(database, bus, "kit")):
        await wait_until(lambda: brought == ["a", "b"])
        await wait_until(lambda: knows_streams(database))
        own_nats.wipe()
        async with database.system() as connection:
            await announce_texts(connection, subject, ["c"])
        await wait_until(lambda: sorted(brought) == ["a", "a", "b", "b", "c"])
        await wait_until(lambda: is_published(database))
    await finish(consuming, 5)
    await bus.close()
    assert sorted(acted_on) == ["a", "b", "c"]


async def knows_streams(database: Database) -> bool:
    async with database.system() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM bus_streams")))


async def test_outbox_rows_are_kept_for_a_day_after_they_were_published(
    database: Database, bus: Bus
) -> None:
    subject = fresh_subject()
    async with database.system() as connection:
        await announce_texts(connection, subject, ["old", "young", "never published"])
        for hours, which in ((25, 1), (23, 2)):
            await connection.execute(
                text(
                    "UPDATE outbox SET published_at = now() - make_interval(hours => :hours)"
                    " WHERE id = :id"
                ),
                {"hours": hours, "id": which},
            )
        await connection.execute(text("UPDATE outbox SET created_at = now() - interval '3 days'"))
    async with relaying(Relay(database, bus, "kit")):
        await wait_until(lambda: texts_left(database, ["young", "never published"]))
        assert await stored_texts(bus, subject, 1) == ["never published"]


_COUNTING = """
CREATE TABLE deletions (rows integer);
CREATE FUNCTION count_deletions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO deletions SELECT count(*) FROM deleted; RETURN NULL; END $$;
CREATE TRIGGER counting AFTER DELETE ON outbox REFERENCING OLD TABLE AS deleted
FOR EACH STATEMENT EXECUTE FUNCTION count_deletions();
INSERT INTO outbox (subject, payload, published_at)
SELECT 'event.kit.old', '', now() - interval '2 days' FROM generate_series(1, 7000)
"""


async def test_old_outbox_rows_are_deleted_in_batches(database: Database, bus: Bus) -> None:
    async with as_owner(database) as owner, owner.system() as connection:
        for statement in _COUNTING.split(";\n"):
            await connection.execute(text(statement))
    async with relaying(Relay(database, bus, "kit")):
        await wait_until(lambda: texts_left(database, []))
    async with database.system() as connection:
        sizes = (await connection.execute(text("SELECT rows FROM deletions"))).scalars().all()
    assert [size for size in sizes if size] == [5000, 2000]


async def texts_left(database: Database, texts: list[str]) -> bool:
    async with database.system() as connection:
        rows = await connection.execute(select(outbox.c.payload).order_by(outbox.c.id))
        return [text_of(payload) for payload in rows.scalars()] == texts


@pytest.mark.poison("kit/relay")
async def test_an_outbox_row_that_the_bus_refuses_does_not_stop_later_rows(
    database: Database, bus: Bus
) -> None:
    subject = fresh_subject()
    too_large = "INSERT INTO outbox (subject, payload) VALUES (:subject, :payload)"
    async with database.system() as connection:
        await announce_texts(connection, subject, ["before"])
        for bad, payload in ((subject, bytes(bus.client.max_payload + 1)), ("nowhere.at.all", b"")):
            await connection.execute(text(too_large), {"subject": bad, "payload": payload})
        await announce_texts(connection, subject, ["after"])
    async with relaying(Relay(database, bus, "kit")):
        assert await stored_texts(bus, subject, 2) == ["before", "after"]
        found = await wait_until(lambda: recorded(database, "relay"))
    causes = sorted(each.cause for each in found)
    assert [cause.partition(":")[0] for cause in causes] == [
        "MaxPayloadError",
        "NoStreamResponseError",
    ]
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM outbox"))
        await connection.execute(text("DELETE FROM failing_items"))
