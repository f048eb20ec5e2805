"""How a service behaves while its database or bus is down, locked or out of connections."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.migrations import upgrade
from servicekit.tests.billing_process import (
    PATIENCE,
    billing,
    charge,
    depends_on,
    environment,
    is_ready,
    readiness,
)
from services.billing.tests.money import pay_in
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import Person, listening
from tests.fixtures.waiting import wait_until, wait_until_sync


@pytest.fixture(scope="module")
def own_database(own_postgres: Postgres) -> str:
    """Return the URL of billing's database on a Postgres that the test may stop."""
    create_role(own_postgres.url(), "billing", "billing")
    create_database(own_postgres.url(), "billing", "billing")
    host = urlsplit(own_postgres.url()).netloc.split("@")[1]
    url = f"postgresql://billing:billing@{host}/billing"
    upgrade("billing", url)
    return url


async def test_a_service_starts_and_serves_without_its_bus(
    database_url: str, database: Database, own_nats: Nats, tmp_path: Path
) -> None:
    settings, person = environment(database_url, own_nats.url), Person()
    await pay_in(database, person, 100)
    own_nats.stop()
    with billing(settings, tmp_path) as process:
        await wait_until(lambda: is_ready(settings), timeout=PATIENCE)
        assert (await charge(settings, person)).balance_cents == 90
        await wait_until(lambda: depends_on(settings, database="ok", bus="ConnectionError"))
        await asyncio.to_thread(own_nats.start)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ok"))
        await wait_until(lambda: outbox_is_empty(database))
        await asyncio.to_thread(own_nats.stop)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ConnectionError"))
        assert (await charge(settings, person)).balance_cents == 80
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0, process.output()


async def outbox_is_empty(database: Database) -> bool:
    async with database.system() as connection:
        unsaid = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        return not await connection.scalar(text(unsaid))


async def test_a_service_is_ready_once_its_database_has_responded_and_stays_ready(
    own_database: str, own_postgres: Postgres, nats_url: str, tmp_path: Path
) -> None:
    settings = environment(own_database, nats_url)
    own_postgres.stop()
    with billing(settings, tmp_path) as process:
        await asyncio.to_thread(process.wait_for, "database_not_up_yet")
        assert httpx.get(f"http://{settings['OPS_LISTEN']}/healthz").status_code == 200
        assert readiness(settings).json()["reasons"] == {"process": "starting"}
        await asyncio.to_thread(own_postgres.start)
        await wait_until(lambda: is_ready(settings), timeout=PATIENCE)
        await asyncio.to_thread(own_postgres.stop)
        await wait_until(lambda: depends_on(settings, database="OperationalError", bus="ok"))
        with pytest.raises(Unavailable):
            await charge(settings, Person())
        await asyncio.to_thread(own_postgres.start)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ok"))


async def test_a_process_stays_ready_while_a_table_is_locked_or_all_connections_are_used(
    database_url: str, database: Database, nats_url: str, tmp_path: Path
) -> None:
    settings, person = environment(database_url, nats_url) | {"POOL_SIZE": "2"}, Person()
    await pay_in(database, person, 100)
    with billing(settings, tmp_path):
        await wait_until(lambda: is_ready(settings), timeout=PATIENCE)
        async with database.system() as connection:
            await connection.execute(text("LOCK user_balances"))
            calls = [asyncio.ensure_future(charge(settings, person)) for _ in range(8)]
            await wait_until(lambda: somebody_is_blocked(database))
            asked_at = time.monotonic()
            assert depends_on(settings, database="ok", bus="ok")
            assert time.monotonic() - asked_at < 10
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert not isinstance(outcome, BaseException) or isinstance(outcome, Unavailable)


_LOGINS = 'authorization { users: [{user: "billing", password: "%s"}] }'


def test_a_service_whose_nats_password_was_changed_ends_so_that_it_is_started_again(
    database_url: str, tmp_path: Path
) -> None:
    """The NATS client would not reconnect, so the supervisor must start the service again."""
    address, config = listening(), tmp_path / "nats.conf"
    store = f'listen: "{address}"\njetstream {{ store_dir: "{tmp_path}/store" }}\n'
    config.write_text(store + _LOGINS % "before")
    nats_server = str(Path(sys.executable).parent / "nats-server")
    server = subprocess.Popen([nats_server, "--config", str(config)])  # noqa: S603 (our own)
    settings = environment(database_url, f"nats://billing:before@{address}")
    try:
        with billing(settings, tmp_path) as process:
            wait_until_sync(lambda: is_ready(settings), timeout=PATIENCE)
            wait_until_sync(lambda: depends_on(settings, database="ok", bus="ok"))
            config.write_text(store + _LOGINS % "after")
            server.send_signal(signal.SIGHUP)
            process.wait()
            assert "background_task_failed" in process.events()
    finally:
        server.kill()
        server.wait()


def test_a_service_that_waits_for_its_database_can_be_stopped(
    nats_url: str, tmp_path: Path
) -> None:
    settings = environment(f"postgresql://nobody@{listening()}/none", nats_url)
    with billing(settings, tmp_path) as process:
        process.wait_for("database_not_up_yet")
        process.signal(signal.SIGTERM)
        assert process.wait(5) == 128 + signal.SIGTERM
