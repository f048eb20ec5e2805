"""A service's process, with billing for all: it starts, serves, drains and ends in order."""

import asyncio
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.identity import Identity, TokenSigner, acting_as
from servicekit.migrations import upgrade
from servicekit.rpc.client import Caller, open_channel
from servicekit.tests.processes import RunningProcess
from services.billing.tests.money import pay_in
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import INTERNAL_KEY_TEXT, Person, listening
from tests.fixtures.waiting import wait_until, wait_until_sync

Environment = dict[str, str]

_PATIENCE = 60
"""Seconds for a process to start on a busy machine."""


def environment(database_url: str, nats_url: str) -> Environment:
    return {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "GRPC_LISTEN": listening(),
        "OPS_LISTEN": listening(),
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
        "PUBLIC_APP_URL": "http://console.test",
        "STRIPE_SECRET_KEY": "sk_test_tests",
        "POSTMARK_SERVER_TOKEN": "tests",
        "POSTMARK_FROM": "tests@example.com",
        "GRACE_SECONDS": "10",
    }


@contextmanager
def billing(environment: Environment, folder: Path, *command: str) -> Iterator[RunningProcess]:
    arguments = ["-m", "services.billing", *(command or ("serve",))]
    with RunningProcess(arguments, environment, folder) as process:
        yield process


def readiness(environment: Environment) -> httpx.Response:
    return httpx.get(f"http://{environment['OPS_LISTEN']}/readyz")


def is_ready(environment: Environment) -> bool:
    try:
        return readiness(environment).status_code == 200
    except httpx.TransportError:
        return False


async def charge(environment: Environment, person: Person) -> charges_pb2.ChargeBatchResponse:
    """Charge ``person`` 10 cents."""
    caller = Caller(TokenSigner("messaging", b64decode(INTERNAL_KEY_TEXT)))
    request = charges_pb2.ChargeBatchRequest(
        user_id=str(person.user_id),
        charges=[charges_pb2.MessageCharge(message_id=str(uuid4()), amount_cents=10)],
    )
    async with open_channel(environment["GRPC_LISTEN"], []) as channel:
        stub = charges_pb2_grpc.ChargeServiceStub(channel)
        with acting_as(Identity("messaging", person.org_id, person.user_id)):
            return await caller.call(stub.ChargeBatch, request)


async def test_a_service_drains_before_it_ends(
    database_url: str, database: Database, nats_url: str, tmp_path: Path
) -> None:
    settings, person = environment(database_url, nats_url), Person()
    await pay_in(database, person, 100)
    with billing(settings, tmp_path) as process:
        await wait_until(lambda: is_ready(settings), timeout=_PATIENCE)
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


@pytest.fixture(scope="module")
def own_database(own_postgres: Postgres) -> str:
    """Billing's database on a Postgres that the test may stop."""
    create_role(own_postgres.url(), "billing", "billing")
    create_database(own_postgres.url(), "billing", "billing")
    host = urlsplit(own_postgres.url()).netloc.split("@")[1]
    url = f"postgresql://billing:billing@{host}/billing"
    upgrade("billing", url)
    return url


def depends_on(environment: Environment, **states: str) -> bool:
    """Whether a process that is ready says that of its dependencies."""
    answer = readiness(environment)
    return answer.status_code == 200 and answer.json()["dependencies"] == states


async def test_a_service_starts_and_serves_without_its_bus(
    database_url: str, database: Database, own_nats: Nats, tmp_path: Path
) -> None:
    settings, person = environment(database_url, own_nats.url), Person()
    await pay_in(database, person, 100)
    own_nats.stop()
    with billing(settings, tmp_path) as process:
        await wait_until(lambda: is_ready(settings), timeout=_PATIENCE)
        assert (await charge(settings, person)).balance_cents == 90
        await wait_until(lambda: depends_on(settings, database="ok", bus="ConnectionError"))
        await asyncio.to_thread(own_nats.start)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ok"))
        await wait_until(lambda: nothing_is_unsaid(database))
        await asyncio.to_thread(own_nats.stop)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ConnectionError"))
        assert (await charge(settings, person)).balance_cents == 80
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0, process.output()


async def nothing_is_unsaid(database: Database) -> bool:
    async with database.system() as connection:
        unsaid = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        return not await connection.scalar(text(unsaid))


async def test_a_service_is_ready_once_its_database_has_answered_and_stays_so(
    own_database: str, own_postgres: Postgres, nats_url: str, tmp_path: Path
) -> None:
    settings = environment(own_database, nats_url)
    own_postgres.stop()
    with billing(settings, tmp_path) as process:
        await asyncio.to_thread(process.wait_for, "database_not_up_yet")
        assert httpx.get(f"http://{settings['OPS_LISTEN']}/healthz").status_code == 200
        assert readiness(settings).json()["reasons"] == {"process": "starting"}
        await asyncio.to_thread(own_postgres.start)
        await wait_until(lambda: is_ready(settings), timeout=_PATIENCE)
        await asyncio.to_thread(own_postgres.stop)
        await wait_until(lambda: depends_on(settings, database="OperationalError", bus="ok"))
        with pytest.raises(Unavailable):
            await charge(settings, Person())
        await asyncio.to_thread(own_postgres.start)
        await wait_until(lambda: depends_on(settings, database="ok", bus="ok"))


async def test_a_locked_table_and_a_pool_in_use_leave_a_process_ready(
    database_url: str, database: Database, nats_url: str, tmp_path: Path
) -> None:
    settings, person = environment(database_url, nats_url) | {"POOL_SIZE": "2"}, Person()
    await pay_in(database, person, 100)
    with billing(settings, tmp_path):
        await wait_until(lambda: is_ready(settings), timeout=_PATIENCE)
        async with database.system() as connection:
            await connection.execute(text("LOCK user_balances"))
            calls = [asyncio.ensure_future(charge(settings, person)) for _ in range(8)]
            await wait_until(lambda: somebody_is_blocked(database))
            asked_at = time.monotonic()
            assert depends_on(settings, database="ok", bus="ok")
            assert time.monotonic() - asked_at < 2
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert not isinstance(outcome, BaseException) or isinstance(outcome, Unavailable)


_LOGINS = 'authorization { users: [{user: "billing", password: "%s"}] }'


def test_a_service_whose_login_was_changed_ends_to_be_started_again(
    database_url: str, tmp_path: Path
) -> None:
    """Whoever starts it gives it the password of today; the client would never come back."""
    address, config = listening(), tmp_path / "nats.conf"
    store = f'listen: "{address}"\njetstream {{ store_dir: "{tmp_path}/store" }}\n'
    config.write_text(store + _LOGINS % "before")
    nats_server = str(Path(sys.executable).parent / "nats-server")
    server = subprocess.Popen([nats_server, "--config", str(config)])  # noqa: S603 (our own)
    settings = environment(database_url, f"nats://billing:before@{address}")
    try:
        with billing(settings, tmp_path) as process:
            wait_until_sync(lambda: is_ready(settings), timeout=_PATIENCE)
            wait_until_sync(lambda: depends_on(settings, database="ok", bus="ok"))
            config.write_text(store + _LOGINS % "after")
            server.send_signal(signal.SIGHUP)
            process.wait()
            assert "background_task_failed" in process.events()
    finally:
        server.kill()
        server.wait()


def test_a_service_that_waits_can_be_stopped(nats_url: str, tmp_path: Path) -> None:
    settings = environment(f"postgresql://nobody@{listening()}/none", nats_url)
    with billing(settings, tmp_path) as process:
        process.wait_for("database_not_up_yet")
        process.signal(signal.SIGTERM)
        assert process.wait(5) == 128 + signal.SIGTERM


def test_a_job_is_run_from_the_command_line(
    database_url: str, nats_url: str, tmp_path: Path
) -> None:
    with billing(environment(database_url, nats_url), tmp_path, "job", "verify-ledger") as process:
        assert process.wait() == 0, process.output()
