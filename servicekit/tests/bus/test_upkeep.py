"""Streams and consumers on a bus that an operator, or another release, has set up."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from deploy.local.nats import Nats
from servicekit.bus import consumer as consumer_module
from servicekit.bus.connection import BUS_ERRORS, Bus, BusMessage
from servicekit.bus.logins import KEEPER
from servicekit.bus.streams import BILLING_STRIPE, MESSAGING_SENDERS, STREAMS, Consumer
from servicekit.db.database import Database
from servicekit.process import finish
from servicekit.tests.bus.bus_texts import fresh_subject
from servicekit.tests.bus.cluster import cluster
from servicekit.tests.bus.consuming import Effects, loop_of, publish
from tests.fixtures.waiting import wait_until

NAMES = [str(stream.name) for stream in STREAMS]


@pytest.fixture
async def own_bus(own_nats: Nats) -> AsyncIterator[Bus]:
    """Connect to a NATS server for this test alone, with the login that may change streams."""
    bus = await Bus.connect(own_nats.url, KEEPER)
    yield bus
    await bus.close()


async def set_up(bus: Bus, name: str, **changes: object) -> StreamConfig:
    """Change the settings of a stream as an operator does, and return them."""
    found = (await bus.stream.stream_info(name)).config
    return (await bus.stream.update_stream(found.evolve(**changes))).config


async def config_of(bus: Bus, name: str) -> StreamConfig:
    return (await bus.stream.stream_info(name)).config


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_stream_settings_that_an_operator_has_changed_are_kept(
    own_nats: Nats, own_bus: Bus
) -> None:
    limits = {"max_bytes": 50_000_000, "max_age": 3600.0, "duplicate_window": 60.0}
    before = [await set_up(own_bus, name, **limits) for name in NAMES]
    for service in (KEEPER, "billing"):
        again = await Bus.connect(own_nats.url, service)
        assert [await config_of(again, name) for name in NAMES] == before
        await again.close()


async def test_a_stream_with_three_replicas_survives_the_loss_of_a_server(tmp_path: Path) -> None:
    with cluster(tmp_path) as servers:
        # The servers are not a cluster from the first moment; then a stream can have one replica.
        bus = await Bus.connect(servers.url, KEEPER)
        await set_up(bus, "JOBS", max_bytes=50_000_000)

        async def replicas_kept() -> bool:
            starting = await Bus.connect(servers.url, KEEPER, replicas=3)
            found = {(await config_of(starting, name)).num_replicas for name in NAMES}
            await starting.close()
            return found == {3}

        await wait_until(replicas_kept, timeout=60)
        again = await Bus.connect(servers.url, KEEPER)
        assert {(await config_of(again, name)).num_replicas for name in NAMES} == {3}
        assert (await config_of(again, "JOBS")).max_bytes == 50_000_000

        async def leader() -> str:
            found = (await again.stream.stream_info("EVENTS")).cluster
            peers = found.replicas or [] if found else []
            ready = len(peers) == 2 and all(peer.current for peer in peers)
            return str(found.leader) if found and ready else ""

        servers.kill(await wait_until(leader))

        async def takes_messages() -> bool:
            try:
                await again.publish([BusMessage("event.kit.x", "after", b"x")])
            except BUS_ERRORS:
                return False
            return True

        await wait_until(takes_messages, timeout=60)
        await asyncio.gather(bus.close(), again.close())


async def test_replicas_that_the_servers_refuse_are_reported_and_the_stream_is_used(
    own_nats: Nats, own_bus: Bus
) -> None:
    other = await Bus.connect(own_nats.url, "billing", replicas=3)  # it may not change streams
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 0
    alone = await Bus.connect(own_nats.url, KEEPER, replicas=3)
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 1
    await alone.publish([BusMessage("event.kit.x", "1", b"x")])
    await asyncio.gather(other.close(), alone.close())


async def test_missing_subjects_are_added_and_full_streams_refuse_messages(
    own_nats: Nats, own_bus: Bus
) -> None:
    before = ["event.old.>", "mine"]
    await set_up(own_bus, "EVENTS", subjects=before, discard="old", max_bytes=10_000)
    other = await Bus.connect(own_nats.url, "billing")
    assert (await config_of(other, "EVENTS")).subjects == before
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 0
    await other.close()
    keeper = await Bus.connect(own_nats.url, KEEPER)
    config = await config_of(keeper, "EVENTS")
    assert config.subjects == ["mine", "event.>"]
    assert (config.discard, config.max_bytes) == ("new", 10_000)
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 0
    await keeper.close()


async def test_a_stream_that_cannot_be_changed_is_reported_and_used_as_it_is(
    own_nats: Nats, own_bus: Bus
) -> None:
    await own_bus.stream.delete_stream("EVENTS")
    await own_bus.stream.add_stream(
        StreamConfig("EVENTS", subjects=["event.>"], retention=RetentionPolicy.WORK_QUEUE)
    )
    with capture_logs() as lines:
        again = await Bus.connect(own_nats.url, KEEPER)
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 1
    told = [line["fault"] for line in lines if line["event"] == "bus_stream_at_fault"]
    assert told == ["its retention is workqueue and should be limits"]
    await again.publish([BusMessage("event.kit.x", "1", b"x")])
    await again.close()


async def test_a_consumer_with_the_settings_of_another_release_gets_the_settings_of_this_one(
    own_bus: Bus,
) -> None:
    consumer = BILLING_STRIPE
    other = ConsumerConfig(
        durable_name=consumer.name, filter_subjects=["webhook.other"], ack_wait=99, num_replicas=1
    )
    await own_bus.stream.add_consumer(consumer.stream, other)
    for _ in range(2):  # a consumer that was changed stays as it is
        subscription = await own_bus.subscribe(consumer)
        config = (await subscription.consumer_info()).config
        assert (config.filter_subject, config.ack_wait) == (consumer.subject, consumer.ack_wait)
        assert gauge("smsblaster_bus_consumers_at_fault", consumer=consumer.name) == 0


async def test_a_consumer_that_cannot_be_changed_is_reported_and_used_as_it_is(
    own_bus: Bus,
) -> None:
    consumer = BILLING_STRIPE
    await own_bus.stream.add_consumer(
        consumer.stream,
        ConsumerConfig(
            durable_name=consumer.name,
            filter_subject=consumer.subject,
            ack_policy=AckPolicy.ALL,
        ),
    )
    await own_bus.publish([BusMessage(consumer.subject, "1", b"x")])
    subscription = await own_bus.subscribe(consumer)
    assert gauge("smsblaster_bus_consumers_at_fault", consumer=consumer.name) == 1
    [message] = await subscription.fetch(1)
    await message.ack()


async def test_a_consumer_that_the_bus_refuses_is_reported_once_and_created_when_possible(
    own_bus: Bus, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_REFUSED_SECONDS", 0.5)
    # The server lets only one consumer of a work queue read a subject.
    await own_bus.stream.add_consumer(
        "JOBS",
        ConsumerConfig(durable_name="older", filter_subject="job.>", ack_policy=AckPolicy.EXPLICIT),
    )
    consumer = Consumer("kit-refused", "JOBS", "job.send.kit")
    effects = Effects(database, consumer)
    with capture_logs() as lines:
        consuming = asyncio.create_task(loop_of(own_bus, effects).run())
        await wait_until(
            lambda: gauge("smsblaster_bus_consumers_at_fault", consumer=consumer.name) == 1
        )
        await own_bus.stream.delete_consumer("JOBS", "older")
        await publish(own_bus, consumer, "at last")
        await wait_until(effects.seen)
    assert gauge("smsblaster_bus_consumers_at_fault", consumer=consumer.name) == 0
    refusals = [line for line in lines if line["event"] == "bus_consumer_at_fault"]
    assert 1 <= len(refusals) < 5
    await finish(consuming, 5)


async def test_sender_processes_of_two_releases_can_read_the_same_queue(own_bus: Bus) -> None:
    """The previous release uses another subject for the same consumer."""
    before = ConsumerConfig(
        durable_name=MESSAGING_SENDERS.name,
        filter_subjects=[MESSAGING_SENDERS.subject],
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=MESSAGING_SENDERS.ack_wait,
        max_deliver=-1,
        max_ack_pending=2000,
    )
    for _ in range(2):
        await own_bus.stream.add_consumer("JOBS", before)
        subscription = await own_bus.subscribe(replace(MESSAGING_SENDERS))
        await own_bus.publish([BusMessage("job.send.x", fresh_subject(), b"x")])
        [message] = await subscription.fetch(1)
        await message.ack()


async def test_a_process_continues_if_the_bus_refuses_a_stream(
    own_nats: Nats, own_bus: Bus
) -> None:
    await own_bus.stream.delete_stream("EVENTS")
    await own_bus.stream.add_stream(StreamConfig("TAKES_ALL", subjects=["event.>"]))
    again = await Bus.connect(own_nats.url, KEEPER)
    assert gauge("smsblaster_bus_streams_at_fault", stream="EVENTS") == 1
    with pytest.raises(NatsError):
        await again.stream.stream_info("EVENTS")
    await again.close()
