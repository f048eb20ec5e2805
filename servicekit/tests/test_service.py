"""The process of a service (billing, as an example) starts, serves, drains and ends in order."""

import asyncio
import signal
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from servicekit.db.database import Database
from servicekit.jobs import Job
from servicekit.service import Parts, open_kit, serve
from servicekit.settings import ServiceSettings
from servicekit.tests.billing_process import (
    PATIENCE,
    billing,
    charge,
    environment,
    is_ready,
    readiness,
)
from services.billing.tests.money import pay_in
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import INTERNAL_KEY_TEXT, Person
from tests.fixtures.waiting import wait_until


async def test_a_service_finishes_its_calls_before_it_ends(
    database_url: str, database: Database, nats_url: str, tmp_path: Path
) -> None:
    settings, person = environment(database_url, nats_url), Person()
    await pay_in(database, person, 100)
    with billing(settings, tmp_path) as process:
        await wait_until(lambda: is_ready(settings), timeout=PATIENCE)
        async with database.org(person.org_id) as connection:
            await connection.execute(text("SELECT FROM user_balances FOR UPDATE"))
            call = asyncio.ensure_future(charge(settings, person))
            await wait_until(lambda: somebody_is_blocked(database))
            process.signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait_for, "service_stopping")
            answer = readiness(settings)
            assert (answer.status_code, answer.json()["reasons"]) == (503, {"process": "draining"})
            process.signal(signal.SIGTERM)
            assert not call.done()
        assert (await call).balance_cents == 90
        assert await asyncio.to_thread(process.wait) == 0


def test_a_job_can_be_run_from_the_command_line(
    database_url: str, nats_url: str, tmp_path: Path
) -> None:
    with billing(environment(database_url, nats_url), tmp_path, "job", "verify-ledger") as process:
        assert process.wait() == 0, process.output()


@pytest.fixture
def settings(database_url: str, nats_url: str) -> ServiceSettings:
    return ServiceSettings(
        database_url=SecretStr(database_url),
        nats_url=nats_url,
        internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
        grace_seconds=5,
    )


async def test_a_service_refuses_a_role_that_bypasses_row_security(
    settings: ServiceSettings, superuser_url: str
) -> None:
    unsafe = settings.model_copy(update={"database_url": SecretStr(superuser_url)})
    async with open_kit("billing", unsafe) as kit:
        with pytest.raises(RuntimeError, match="bypasses row-level security"):
            await serve(kit, Parts(), asyncio.Event())


async def test_a_loop_that_fails_ends_the_service_and_its_error_is_raised(
    settings: ServiceSettings,
) -> None:
    others: list[str] = []

    async def fail() -> None:
        raise ValueError("the loop is over")

    async def go_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            others.append("ended")

    async def close() -> None:
        others.append("closed")

    parts = Parts(loops=[("failing", fail), ("other", go_on)], closers=[close])
    async with open_kit("billing", settings) as kit:
        with capture_logs() as lines, pytest.raises(ValueError, match="the loop is over"):
            await asyncio.wait_for(serve(kit, parts, asyncio.Event()), 10)
    assert others == ["ended", "closed"]
    told = [(line["event"], line["task"]) for line in lines if "task" in line]
    assert told == [("background_task_failed", "failing")]


async def test_a_service_ends_after_the_grace_period_even_if_a_loop_does_not(
    settings: ServiceSettings,
) -> None:
    go_on = asyncio.Event()
    stop = asyncio.Event()

    async def stubborn() -> None:
        try:
            stop.set()
            await asyncio.Event().wait()
        finally:
            await go_on.wait()

    impatient = settings.model_copy(update={"grace_seconds": 0.1})
    async with open_kit("billing", impatient) as kit:
        with capture_logs() as lines:
            await asyncio.wait_for(serve(kit, Parts(loops=[("stubborn", stubborn)]), stop), 10)
    go_on.set()
    assert "task_did_not_end" in [line["event"] for line in lines]


async def test_jobs_run_in_a_process_whose_settings_turn_the_scheduler_on(
    settings: ServiceSettings,
) -> None:
    ran: list[bool] = []

    async def run_with(scheduler: bool) -> None:
        stop = asyncio.Event()

        async def work() -> None:
            ran.append(scheduler)

        async def watch() -> None:
            await wait_until(lambda: bool(ran) or not scheduler)
            stop.set()
            await asyncio.Event().wait()

        parts = Parts(jobs=[Job(f"kit-{scheduler}", work)], loops=[("watch", watch)])
        chosen = settings.model_copy(update={"scheduler": scheduler})
        async with open_kit("billing", chosen) as kit:
            await serve(kit, parts, stop)

    await run_with(scheduler=False)
    await run_with(scheduler=True)
    assert ran == [True]
