"""A trace goes on over the outbox and the bus."""

from collections.abc import Sequence

import pytest
from sqlalchemy import update
from structlog.testing import LogCapture

from servicekit.bus import consumer as consumer_module
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import outbox
from servicekit.bus.relay import Relay
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.telemetry import tracing
from servicekit.telemetry.otlp import OtlpRecorder
from servicekit.telemetry.tracing import HEADER, Trace
from servicekit.tests.bus.bus_texts import announce_texts, payload_with, text_of
from servicekit.tests.bus.consuming import Effects, consuming, fresh_consumer
from tests.fixtures.logged import logging_to
from tests.fixtures.otlp import collecting
from tests.fixtures.waiting import wait_until


class Traces(Effects):
    """A message handler that notes the trace in which it handles each message."""

    def __init__(self, database: Database, consumer: Consumer, *broken: str) -> None:
        super().__init__(database, consumer, frozenset(broken))
        self.of: dict[str, str] = {}

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        self.of |= {text_of(incoming.payload): tracing.current().id for incoming in batch}
        await super().__call__(batch)


async def announced(database: Database, subject: str, *texts: str) -> Trace:
    """Store events in the outbox in a trace of their own, and return the trace."""
    with tracing.tracing() as trace, tracing.span("announce"):
        async with database.system() as connection:
            await announce_texts(connection, subject, texts)
    return trace


async def test_an_event_is_handled_in_the_trace_that_announced_it(
    database: Database, bus: Bus
) -> None:
    traces = Traces(database, fresh_consumer())
    relay = Relay(database, bus, "kit")
    async with consuming(bus, traces):
        trace = await announced(database, traces.consumer.subject, "one", "two")
        assert await relay.publish_batch() == 2
        await wait_until(lambda: len(traces.of) == 2)
    assert traces.of == {"one": trace.id, "two": trace.id}


async def test_events_of_several_traces_are_handled_in_a_new_one(
    database: Database, bus: Bus
) -> None:
    traces = Traces(database, fresh_consumer())
    first = await announced(database, traces.consumer.subject, "one")
    second = await announced(database, traces.consumer.subject, "two")
    await Relay(database, bus, "kit").publish_batch()
    async with consuming(bus, traces):
        await wait_until(lambda: len(traces.of) == 2)
    [batch] = traces.batches
    assert batch == ["one", "two"]
    assert traces.of["one"] == traces.of["two"]
    assert traces.of["one"] not in {first.id, second.id}


async def test_an_event_that_an_older_release_stored_is_handled_in_a_new_trace(
    database: Database, bus: Bus
) -> None:
    traces = Traces(database, fresh_consumer())
    trace = await announced(database, traces.consumer.subject, "old")
    async with database.system() as connection:
        await connection.execute(update(outbox).values(traceparent=None))
    await Relay(database, bus, "kit").publish_batch()
    async with consuming(bus, traces):
        await wait_until(lambda: bool(traces.of))
    assert traces.of["old"] not in {trace.id, tracing.current().id}


async def test_the_line_about_a_message_that_fails_has_the_messages_trace(
    database: Database, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = LogCapture()
    monkeypatch.setattr(consumer_module, "log", logging_to(capture))
    traces = Traces(database, fresh_consumer(), "bad")
    await announced(database, traces.consumer.subject, "good")
    bad = await announced(database, traces.consumer.subject, "bad")
    await Relay(database, bus, "kit").publish_batch()

    def failed() -> list[str]:
        return [e["trace_id"] for e in capture.entries if e["event"] == "message_failed"]

    async with consuming(bus, traces):
        await wait_until(failed)
    assert set(failed()) == {bad.id}


async def test_a_sampled_event_has_spans_of_its_publication_and_of_its_handling(
    database: Database, bus: Bus
) -> None:
    traces = Traces(database, fresh_consumer())
    subject, name = traces.consumer.subject, f"process {traces.consumer.name}"
    with collecting() as collector, tracing.recording(OtlpRecorder("kit", collector.url, "", 1.0)):
        trace = await announced(database, subject, "one")
        await Relay(database, bus, "kit").publish_batch()
        async with consuming(bus, traces):
            await wait_until(lambda: bool(traces.of))
        await wait_until(lambda: name in [span.name for span in collector.spans()])
        announce, publish, process = (
            collector.named(each) for each in ("announce", f"publish {subject}", name)
        )
        assert {each.trace_id for each in (announce, publish, process)} == {trace.id}
        assert (publish.parent_id, process.parent_id) == (announce.span_id, publish.span_id)
        assert (publish.kind, process.kind) == ("PRODUCER", "CONSUMER")


async def test_each_sampled_event_of_a_batch_has_a_span_that_is_linked_to_the_batch(
    database: Database, bus: Bus
) -> None:
    traces = Traces(database, fresh_consumer())
    given = [Trace(f"{n:032x}", f"{n:016x}", sampled=True) for n in (1, 2)]
    plain = Trace(f"{3:032x}", f"{3:016x}")
    await bus.publish(
        [
            BusMessage(
                traces.consumer.subject,
                f"{traces.consumer.name}-{trace.id}",
                payload_with(trace.id).SerializeToString(),
                {HEADER: trace.header},
            )
            for trace in (*given, plain)
        ]
    )
    name = f"process {traces.consumer.name}"
    with collecting() as collector:
        with tracing.recording(OtlpRecorder("kit", collector.url, "", 0.0)):
            async with consuming(bus, traces):
                await wait_until(lambda: len(traces.of) == 3)
        spans = [span for span in collector.spans() if span.name == name]
    [together] = [span for span in spans if not span.parent_id]
    assert set(together.links) == {trace.id for trace in given}
    assert {(s.trace_id, s.parent_id, *s.links) for s in spans if s.parent_id} == {
        (trace.id, trace.span_id, together.trace_id) for trace in given
    }
