"""A service works behind PgBouncer in transaction mode with three connections to the server."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database, is_busy
from servicekit.db.limits import JOB, REQUEST, Limits, working_within
from servicekit.jobs import Job, Scheduler
from servicekit.tests.billing_process import PATIENCE, billing, charge, environment, is_ready
from services.billing.tests.money import pay_in
from tests.fixtures.pgbouncer import pooled
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

CONNECTIONS, TRANSACTIONS = 3, 60

# The same statement again and again, which the driver would prepare after the fifth time.
_SEEN = text(
    "SELECT current_setting('app.org_id', true), current_setting('app.scope', true),"
    " current_setting('statement_timeout'), pg_backend_pid(), pg_sleep(0.002)"
)
_LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7218"


@pytest.fixture(scope="module")
def pooler_url(database_url: str) -> Iterator[str]:
    with pooled(database_url, "transaction", CONNECTIONS) as url:
        yield url


@pytest.fixture
async def replicas(pooler_url: str, database_url: str) -> AsyncIterator[list[Database]]:
    """Return the databases of two replicas of a service."""
    async with AsyncExitStack() as stack:
        found = [Database(pooler_url, 4, database_url) for _ in range(2)]
        for database in found:
            stack.push_async_callback(database.close)
        yield found


async def test_transactions_share_sessions_and_none_sees_the_settings_of_another(
    replicas: list[Database],
) -> None:
    sessions: set[int] = set()

    async def look(database: Database, org_id: UUID | None) -> None:
        transaction = database.org(org_id) if org_id else database.system()
        with working_within(REQUEST if org_id else JOB):
            async with transaction as connection:
                seen = (await connection.execute(_SEEN)).one()
        sessions.add(seen[3])
        assert (seen[0] or None) == (org_id.hex if org_id else None)
        assert (seen[1] or None) == (None if org_id else "system")
        assert seen[2] == ("30s" if org_id else "10min")

    for number in range(TRANSACTIONS // 6):
        turns = [(replicas[n % 2], uuid4() if (number + n) % 3 else None) for n in range(6)]
        await asyncio.gather(*(look(database, org_id) for database, org_id in turns))
    assert len(sessions) <= CONNECTIONS


async def test_a_statement_that_takes_too_long_is_ended(replicas: list[Database]) -> None:
    short = Limits(lock=1, statement=0.2, idle=10)
    with pytest.raises(DBAPIError) as failed:
        async with replicas[0].org(uuid4(), short) as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))
    assert is_busy(failed.value)


async def test_of_two_replicas_only_one_runs_a_job_and_no_lock_is_left(
    replicas: list[Database], database_url: str
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await may_end.wait()

    job = Job("behind-a-pooler", wait, every=timedelta(days=1))
    first, second = (Scheduler(database, [job]) for database in replicas)
    running = asyncio.ensure_future(first.run_now(job.name))
    await begun.wait()
    for _ in range(2 * CONNECTIONS):
        assert not await second.run_now(job.name)
    may_end.set()
    assert await running
    assert await second.run_now(job.name)

    async def no_lock_is_left() -> bool:
        async with await psycopg.AsyncConnection.connect(database_url) as connection:
            row = await (await connection.execute(_LOCKS)).fetchone()
        return row == (0,)

    await wait_until(no_lock_is_left)


async def test_a_service_migrates_starts_and_charges_behind_a_pooler(
    pooler_url: str, database_url: str, database: Database, nats_url: str, tmp_path: Path
) -> None:
    settings, person = environment(pooler_url, nats_url), Person()
    settings["DIRECT_DATABASE_URL"] = database_url
    await pay_in(database, person, 100)
    with billing(settings, tmp_path, "migrate") as process:
        assert await asyncio.to_thread(process.wait) == 0, process.output()
    with billing(settings, tmp_path) as process:
        await wait_until(lambda: is_ready(settings), timeout=PATIENCE)
        balances = [(await charge(settings, person)).balance_cents for _ in range(8)]
        assert balances == [90, 80, 70, 60, 50, 40, 30, 20]
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0
