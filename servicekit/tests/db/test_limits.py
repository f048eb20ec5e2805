"""Time limits of transactions, and the most connections that one organisation may use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import shares
from servicekit.db.database import Database, is_busy, is_outage
from servicekit.db.limits import JOB, REQUEST, Limits, working_within
from servicekit.jobs import Job, Scheduler
from tests.fixtures.waiting import wait_until

ORG = UUID(int=1)
HURRIED = Limits(lock=0.1, statement=30, idle=30)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=4)
    yield database
    await database.close()


async def limits_of(connection: AsyncConnection) -> dict[str, str]:
    """Return the time limits of a transaction, as Postgres has them, in milliseconds."""
    rows = await connection.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"),
        {"names": list(REQUEST.settings())},
    )
    return {row.name: row.setting for row in rows}


async def test_every_connection_has_time_limits_even_without_an_organisation(
    database: Database,
) -> None:
    async with database.engine.connect() as connection:
        assert await limits_of(connection) == REQUEST.settings()
    async with database.org(ORG) as connection:
        assert await limits_of(connection) == REQUEST.settings()


async def test_the_longer_time_limits_of_a_job_end_with_the_job(database: Database) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):  # the job's connection is used again
            await stack.enter_async_context(database.engine.connect())
        with working_within(JOB):
            async with database.system() as connection:
                assert await limits_of(connection) == JOB.settings()
        async with database.system() as connection:
            assert await limits_of(connection) == REQUEST.settings()


async def test_the_scheduler_gives_its_work_the_time_limits_of_jobs(database: Database) -> None:
    found = []

    async def work() -> None:
        async with database.system() as connection:
            found.append(await limits_of(connection))

    assert await Scheduler(database, [Job("limits", work)]).run_now("limits")
    assert found == [JOB.settings()]


async def test_a_transaction_can_have_its_own_time_limits(database: Database) -> None:
    async with database.org(ORG, HURRIED) as connection:
        assert await limits_of(connection) == HURRIED.settings()


async def test_a_transaction_that_needs_a_locked_row_gives_up_and_can_succeed_later(
    database: Database,
) -> None:
    lock = text("SELECT pg_advisory_xact_lock(4711)")
    async with database.system() as holder:
        await holder.execute(lock)
        with pytest.raises(DBAPIError) as failed:
            async with database.org(ORG, HURRIED) as connection:
                await connection.execute(lock)
    assert is_busy(failed.value)
    assert is_outage(failed.value)


async def test_a_statement_that_takes_too_long_is_cancelled(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.org(ORG, Limits(lock=1, statement=0.05, idle=30)) as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))
    assert is_busy(failed.value)
    assert is_outage(failed.value)


async def test_a_transaction_that_is_left_open_is_ended_and_its_locks_are_released(
    database: Database,
) -> None:
    lock = text("SELECT pg_try_advisory_xact_lock(4712)")

    async def is_free() -> bool:
        async with database.system() as connection:
            return bool(await connection.scalar(lock))

    async def leave_open() -> None:
        async with database.org(ORG, Limits(lock=1, statement=30, idle=0.05)) as connection:
            await connection.execute(lock)
            await wait_until(is_free)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as failed:
        await leave_open()
    assert is_outage(failed.value)
    assert not is_busy(failed.value)
    await database.check()


async def test_one_organisation_cannot_use_all_connections(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database._shares, "_wait_seconds", 0.05)
    async with database.org(ORG), database.org(ORG):
        with pytest.raises(shares.ShareInUse) as failed:
            async with database.org(ORG):
                pass
        assert is_outage(failed.value)
        assert is_busy(failed.value)
        async with database.org(uuid4()) as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
    async with database.org(ORG) as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    assert not database._shares._shares


async def test_a_transaction_over_the_connection_limit_waits_until_another_one_ends() -> None:
    divided = shares.Shares(pool_size=4, wait_seconds=30)
    released = asyncio.Event()

    async def hold() -> None:
        async with divided.place(ORG):
            await released.wait()

    holders = [asyncio.create_task(hold()) for _ in range(2)]
    waiting = asyncio.create_task(hold())
    done, _ = await asyncio.wait([*holders, waiting], timeout=0)
    assert not done
    released.set()
    await asyncio.gather(*holders, waiting)
