"""Each run of a job has a trace of its own, which is in all of its log lines."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import LogCapture

from servicekit import jobs as jobs_module
from servicekit.db.database import Database
from servicekit.jobs import Job, Scheduler
from servicekit.process import finish
from servicekit.telemetry import tracing
from servicekit.telemetry.otlp import OtlpRecorder
from tests.fixtures.logged import logging_to
from tests.fixtures.otlp import collecting
from tests.fixtures.waiting import wait_until


async def test_the_log_line_of_a_failed_run_has_the_trace_of_the_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = LogCapture()
    monkeypatch.setattr(jobs_module, "log", logging_to(capture))
    runs: list[str] = []

    async def fail() -> None:
        runs.append(tracing.current().id)
        raise ValueError("it is broken")

    job = Job("broken", fail, timedelta(seconds=0.01))
    task = asyncio.create_task(Scheduler(database, [job]).run())
    await wait_until(lambda: len(capture.entries) >= 3)
    await finish(task, 5)
    lines = [entry["trace_id"] for entry in capture.entries if entry["event"] == "job_failed"]
    assert lines == runs[: len(lines)]
    assert len({*runs, tracing.current().id}) == len(runs) + 1


async def test_a_sampled_run_has_a_span_with_its_statements(database_url: str) -> None:
    with collecting() as collector:
        with tracing.recording(OtlpRecorder("kit", collector.url, "", 1.0)):
            database = Database(database_url, 2)

            async def work() -> None:
                async with database.system() as connection:
                    await connection.execute(text("SELECT 'work'"))

            assert await Scheduler(database, [Job("work", work)]).run_now("work")
            await database.close()
        job = collector.named("job work")
        inside = [span for span in collector.spans() if span.parent_id == job.span_id]
    assert [span.attributes["db.query.text"] for span in inside] == ["SELECT 'work'"]
