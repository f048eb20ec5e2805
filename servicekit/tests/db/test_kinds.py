"""Each kind of work may use only a part of the connections, so jobs can't block all of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database, is_busy
from servicekit.db.kinds import JOBS, working_as
from servicekit.db.shares import ShareInUse
from servicekit.jobs import Job, Scheduler
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.waiting import wait_until

POOL = 8
# Shorter than the wait for a lock or a connection.
SOON = 2.0


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool_size=POOL)
    yield database
    await database.close()


async def test_jobs_that_wait_for_a_lock_leave_connections_for_other_work(
    database: Database, database_url: str
) -> None:
    async def read() -> None:
        async with database.system() as connection:
            await connection.execute(text("SELECT FROM billing_transactions LIMIT 1"))

    holder = Database(database_url, pool_size=1)
    jobs = [Job(f"reads-{n}", read, every=timedelta(milliseconds=1)) for n in range(3 * POOL)]
    async with holder.system() as connection:
        await connection.execute(text("LOCK billing_transactions IN ACCESS EXCLUSIVE MODE"))
        scheduler = asyncio.create_task(Scheduler(database, jobs).run())
        await wait_until(lambda: somebody_is_blocked(database))
        for _ in range(20):
            async with asyncio.timeout(SOON), database.org(uuid4()) as bystander:
                await bystander.execute(text("SELECT FROM billing_settings LIMIT 1"))
    scheduler.cancel()
    await asyncio.wait([scheduler])
    await holder.close()


async def test_only_the_kind_of_work_that_uses_all_its_connections_has_to_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database._kinds._jobs, "_wait_seconds", 0.05)
    free = asyncio.Event()

    async def hold() -> None:
        async with database.system():
            await free.wait()

    with working_as(JOBS):
        holding = [asyncio.create_task(hold()) for _ in range(POOL // 2)]
        await wait_until(lambda: database.engine.pool.checkedout() == POOL // 2)  # type: ignore[attr-defined]
        with pytest.raises(ShareInUse) as failed:
            async with database.system():
                pass
    assert is_busy(failed.value)
    async with database.system():
        pass
    free.set()
    await asyncio.gather(*holding)


async def test_a_nested_transaction_counts_once_towards_the_connection_limit(
    database: Database,
) -> None:
    with working_as(JOBS):
        async with asyncio.timeout(60):
            await asyncio.gather(*(_nested(database) for _ in range(POOL // 2)))


async def _nested(database: Database) -> None:
    async with database.system(), database.org(uuid4()) as connection:
        await connection.execute(text("SELECT 1"))
