"""A server that accepts no writes, like the old primary after a failover."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.bus.connection import Bus
from servicekit.db.database import Database, is_outage
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, is_away
from servicekit.migrations import upgrade
from servicekit.process import finish
from servicekit.tests.bus.consuming import (
    Effects,
    dead_letters,
    fresh_consumer,
    is_done,
    loop_of,
    make_effects,
    publish,
)
from tests.fixtures.databases import administer, read_only
from tests.fixtures.waiting import wait_until, wait_until_sync


@pytest.fixture(scope="module")
def own_url(own_postgres: Postgres) -> str:
    create_role(own_postgres.url(), "billing", "billing")
    create_database(own_postgres.url(), "billing", "billing")
    host = urlsplit(own_postgres.url()).netloc.split("@")[1]
    url = f"postgresql://billing:billing@{host}/billing"
    upgrade("billing", url)
    make_effects(url)
    return url


@pytest.fixture
async def own_database(own_url: str) -> AsyncIterator[Database]:
    database = Database(own_url)
    yield database
    await database.close()


async def outage_of_reading(database: Database) -> Exception | None:
    """Try to read. Return the error if that fails as an outage, or None if it succeeds."""
    try:
        async with database.system() as connection:
            await connection.execute(text("SELECT count(*) FROM user_balances"))
    except Exception as error:  # noqa: BLE001 (it is what is looked at)
        return error
    return None


async def works(database: Database) -> bool:
    return await outage_of_reading(database) is None


async def is_refused(database: Database) -> bool:
    """Tell whether a read fails as an outage because the server is a standby server."""
    error = await outage_of_reading(database)
    assert error
    assert is_outage(error)
    return "server is in hot standby" in str(error) or "read-only" in str(error)


async def test_a_database_server_that_is_read_only_for_a_while_counts_as_an_outage(
    own_postgres: Postgres, own_database: Database
) -> None:
    await asyncio.gather(*(outage_of_reading(own_database) for _ in range(8)))
    with read_only(own_postgres):
        first = await wait_until(lambda: outage_of_reading(own_database))
        # Connections that were opened earlier fail as well.
        others = await asyncio.gather(*(outage_of_reading(own_database) for _ in range(8)))
        assert all(error and is_outage(error) and is_away(error) for error in (first, *others))
        with pytest.raises(psycopg.OperationalError):
            await own_database.check()
    await wait_until(lambda: works(own_database))


async def test_a_database_url_can_contain_several_servers(own_url: str) -> None:
    server = urlsplit(own_url)
    hosts = f"host={server.hostname},{server.hostname}&port=1,{server.port}"
    database = Database(f"postgresql://billing:billing@/billing?{hosts}")
    await database.check()
    assert await works(database)
    await database.close()


async def test_messages_and_jobs_wait_until_a_server_accepts_writes(
    own_postgres: Postgres, own_database: Database, own_nats: Nats
) -> None:
    bus = await Bus.connect(own_nats.url, "tests")
    effects = Effects(own_database, fresh_consumer())
    consuming = asyncio.create_task(loop_of(bus, effects).run())
    job = JobItems(own_database, "kit", "some-job")

    async def act() -> None:
        async with own_database.system() as connection:
            await connection.execute(text("INSERT INTO effects VALUES ('by the job')"))

    async def run_job() -> None:
        async with job.turn() as turn:
            await turn.attempt(Item("one"), act)

    with read_only(own_postgres):
        await wait_until(lambda: outage_of_reading(own_database))
        await publish(bus, effects.consumer, "one", "two")
        await wait_until(lambda: len(effects.batches) > 1)
        for _ in range(3):
            with pytest.raises(Exception, match=r"read-only|takes no writes"):
                await run_job()
    await wait_until(lambda: works(own_database))
    await run_job()
    await wait_until(lambda: is_done(bus, effects.consumer))
    assert sorted(await effects.seen()) == ["by the job", "one", "two"]
    assert await dead_letters(own_database) == []
    await finish(consuming, 5)
    await bus.close()


async def test_a_standby_is_not_read_from_until_it_is_promoted(
    own_postgres: Postgres, own_database: Database
) -> None:
    assert await works(own_database)
    own_postgres.stop()
    (own_postgres.data_folder / "standby.signal").touch()
    own_postgres.start()
    try:
        await wait_until(lambda: is_refused(own_database))
    finally:
        administer(own_postgres, "SELECT pg_promote()")
        wait_until_sync(lambda: not (own_postgres.data_folder / "standby.signal").exists())
    await wait_until(lambda: works(own_database))
