"""Traces: an id for all work, and spans that a collector gets if a trace is sampled."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from servicekit.db.database import Database
from servicekit.telemetry import tracing
from servicekit.telemetry.otlp import OtlpRecorder
from servicekit.telemetry.tracing import Kind, Trace
from tests.fixtures.otlp import Collector, collecting

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


def recorder(collector: Collector, ratio: float = 1.0) -> OtlpRecorder:
    return OtlpRecorder("toy", collector.url, "x-key=secret", ratio)


def test_a_trace_is_read_from_its_header_and_written_as_it_was() -> None:
    trace = Trace.of(GIVEN)
    assert trace
    assert (trace.id, trace.span_id) == (GIVEN[3:35], GIVEN[36:52])
    assert trace.sampled
    assert trace.header == GIVEN


@pytest.mark.parametrize(
    "header", [None, "", "nonsense", GIVEN.upper(), GIVEN[:-1], GIVEN + "-00", " " + GIVEN]
)
def test_a_malformed_header_begins_a_new_trace(header: str | None) -> None:
    assert Trace.of(header) is None
    with tracing.tracing(header) as trace:
        assert trace.id != GIVEN[3:35]
        assert Trace.of(tracing.header()) == Trace(trace.id, trace.span_id)


async def test_tasks_have_the_trace_of_the_work_that_started_them() -> None:
    async def id_of_task() -> str:
        return tracing.current().id

    outside = tracing.current().id
    with tracing.tracing() as trace:
        assert await asyncio.create_task(id_of_task()) == trace.id != outside
    assert tracing.current().id == outside


def test_without_a_collector_nothing_is_sampled() -> None:
    with tracing.tracing(), tracing.span("work") as span:
        span.note({"a": 1})
        assert tracing.sampled_header() is None
    assert not tracing.is_recording()


def test_spans_of_a_trace_reach_the_collector_as_a_tree(collector: Collector) -> None:
    with (
        tracing.recording(recorder(collector)),
        tracing.tracing() as trace,
        tracing.span("request", Kind.SERVER) as request,
    ):
        request.rename("GET /things")
        request.note({"http.response.status_code": 200})
        with tracing.span("call", Kind.CLIENT):
            inner = tracing.header()
    root, call = collector.named("GET /things"), collector.named("call")
    assert {root.trace_id, call.trace_id} == {trace.id}
    assert (root.parent_id, call.parent_id) == ("", root.span_id)
    assert (root.kind, call.kind) == ("SERVER", "CLIENT")
    assert root.attributes["http.response.status_code"] == "200"
    assert inner == f"00-{trace.id}-{call.span_id}-01"
    assert root.service == "toy"
    assert collector.headers["x-key"] == "secret"


def test_a_span_continues_the_trace_of_another_process(collector: Collector) -> None:
    with (
        tracing.recording(recorder(collector, 0.0)),
        tracing.tracing(GIVEN),
        tracing.span("serve", Kind.SERVER),
    ):
        pass
    span = collector.named("serve")
    assert (span.trace_id, span.parent_id) == (GIVEN[3:35], GIVEN[36:52])


def test_a_failed_span_names_the_kind_of_error_and_nothing_else(collector: Collector) -> None:
    with tracing.recording(recorder(collector)), tracing.tracing():
        with pytest.raises(ValueError, match="private"), tracing.span("bad"):
            raise ValueError("private")
        with pytest.raises(LookupError), tracing.span("fine", expected=(LookupError,)):
            raise LookupError
    bad = collector.named("bad")
    assert bad.failed
    assert bad.attributes == {"error.type": "ValueError"}
    assert not collector.named("fine").failed


def test_a_span_may_begin_in_the_past_and_be_linked(collector: Collector) -> None:
    since = datetime.now(UTC) - timedelta(seconds=90)
    parent = Trace.of(GIVEN)
    with tracing.recording(recorder(collector)), tracing.tracing() as other:
        begun = tracing.begin("late", Kind.SERVER, parent=parent, since=since, links=[other])
        begun.end()
    late = collector.named("late")
    assert late.trace_id == GIVEN[3:35]
    assert late.links == [other.id]
    assert late.nanoseconds >= 90e9


def test_the_share_of_sampled_traces_is_the_ratio(collector: Collector) -> None:
    def sampled() -> bool:
        with tracing.tracing() as trace:
            return trace.sampled

    for ratio, low, high in ((0.0, 0, 0), (0.25, 300, 700), (1.0, 2000, 2000)):
        with tracing.recording(recorder(collector, ratio)):
            assert low <= sum(sampled() for _ in range(2000)) <= high
    assert collector.spans() == []


def test_a_collector_that_does_not_answer_delays_nothing(collector: Collector) -> None:
    collector.answers.clear()
    with tracing.recording(recorder(collector)), tracing.tracing():
        for _ in range(10_000):  # several times what the queue holds
            tracing.begin("lost", Kind.INTERNAL).end()
        assert collector.asked.wait(60)
    assert not collector.answers.is_set()
    assert collector.spans() == []


async def test_statements_are_recorded_without_their_parameters(
    database_url: str, collector: Collector
) -> None:
    with tracing.recording(recorder(collector)):
        database = Database(database_url, 1)
        async with database.system() as connection:
            await connection.execute(text("SELECT 1"))
        with tracing.tracing(), tracing.span("work"):
            async with database.system() as connection:
                await connection.execute(text("SELECT :name, 2"), {"name": "Ada Lovelace"})
            with pytest.raises(ProgrammingError):
                async with database.system() as connection:
                    await connection.execute(text("UPDATE nothing SET a = 1"))
        await database.close()
    work, select, update = (collector.named(n) for n in ("work", "SELECT", "UPDATE"))
    assert select.parent_id == update.parent_id == work.span_id
    assert "2" in select.attributes["db.query.text"]
    assert "Ada" not in str(collector.spans())
    assert (select.failed, update.failed) == (False, True)
    assert update.attributes["error.type"] == "UndefinedTable"
