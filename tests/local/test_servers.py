"""The embedded servers: which data remains after a restart, a kill and a wipe."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nats
import psutil
import psycopg
import pytest

from deploy.local.leftovers import ProcessRecord
from deploy.local.nats import Nats
from deploy.local.postgres import OWNER, Postgres, create_database, create_role, hand_over
from servicekit.db import grants
from tests.fixtures.waiting import wait_until_sync


@pytest.mark.parametrize("kill", [False, True], ids=["fast stop", "kill -9"])
def test_postgres_keeps_what_was_committed_before_a_restart(
    own_postgres: Postgres, kill: bool
) -> None:
    with psycopg.connect(own_postgres.url()) as connection:
        connection.execute("CREATE TABLE paid AS SELECT 42 AS cents")
    own_postgres.restart(kill=kill)
    with psycopg.connect(own_postgres.url()) as connection:
        assert connection.execute("SELECT cents FROM paid").fetchone() == (42,)
        connection.execute("DROP TABLE paid")


def test_a_killed_postgres_is_started_again_although_its_clients_are_connected(
    own_postgres: Postgres,
) -> None:
    old_pid = own_postgres.process.pid
    assert old_pid is not None
    with psycopg.connect(own_postgres.url()) as connection:
        connection.execute("SELECT 1")
        os.kill(old_pid, signal.SIGKILL)
        wait_until_sync(lambda: own_postgres.process.pid not in {old_pid, None})
        own_postgres.wait_ready()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_postgres_starts_although_its_lock_file_names_a_process_of_another_program(
    own_postgres: Postgres,
) -> None:
    own_postgres.stop()
    lock_file = own_postgres.data_folder / "postmaster.pid"
    lock_file.write_text(f"{os.getpid()}\n{own_postgres.data_folder}\n")
    own_postgres.start()
    with psycopg.connect(own_postgres.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_postgres_does_not_run_as_root(own_postgres: Postgres) -> None:
    status = Path(f"/proc/{own_postgres.process.pid}/status").read_text()
    (uid_line,) = (line for line in status.splitlines() if line.startswith("Uid:"))
    assert "0" not in uid_line.split()[1:]


def test_a_service_owns_its_database_and_cannot_connect_to_others(own_postgres: Postgres) -> None:
    for service in ("billing", "contacts"):
        create_role(own_postgres.url(), service, "secret")
        create_database(own_postgres.url(), service, owner=service)
    url = own_postgres.url("billing").replace("postgres:superuser@", "billing:secret@")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE mine (n int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(f"{url.removesuffix('billing')}contacts")


def test_creating_a_role_and_its_database_twice_only_updates_the_password(
    own_postgres: Postgres,
) -> None:
    for password in ("first", "second"):
        create_role(own_postgres.url(), "billing", password)
        create_database(own_postgres.url(), "billing", owner="billing")
    url = own_postgres.url("billing").replace("postgres:superuser@", "billing:second@")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("billing",)


def test_the_tables_of_an_earlier_release_get_their_own_owner(own_postgres: Postgres) -> None:
    superuser = own_postgres.url()
    create_role(superuser, OWNER, "owner")
    create_role(superuser, "campaigns", "secret")
    create_database(superuser, "campaigns", owner="campaigns")
    login = own_postgres.url("campaigns").replace("postgres:superuser@", "campaigns:secret@")
    with psycopg.connect(login) as connection:
        connection.execute("CREATE TABLE sent (n int)")
    for _ in range(2):  # as at each start
        hand_over(superuser, "campaigns", role="campaigns")
    owner = own_postgres.url("campaigns").replace("postgres:superuser@", f"{OWNER}:owner@")
    grants.grant(owner, "campaigns")
    with psycopg.connect(login) as connection:
        connection.execute("INSERT INTO sent VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
            connection.execute("DROP TABLE sent")


async def test_nats_keeps_its_messages_after_a_kill_and_loses_them_when_wiped(
    own_nats: Nats,
) -> None:
    assert await _publish_one(own_nats) == 1
    own_nats.restart(kill=True)
    assert await _publish_one(own_nats) == 2
    own_nats.wipe()
    client = await nats.connect(own_nats.url)
    with pytest.raises(nats.js.errors.NotFoundError):
        await client.jetstream().stream_info("orders")
    await client.close()


def test_a_leftover_process_is_stopped_and_another_process_with_its_pid_is_not(
    tmp_path: Path,
) -> None:
    sleeping = [sys.executable, "-c", "import signal; signal.pause()"]
    leftover, foreign = (subprocess.Popen(sleeping, start_new_session=True) for _ in range(2))
    file = tmp_path / "processes.json"
    record = ProcessRecord(file)
    record.add("leftover", leftover.pid)
    record.add("foreign", foreign.pid)
    _pretend_it_started_earlier(file, "foreign")
    try:
        assert ProcessRecord(file).stop_leftovers() == ["leftover"]
        assert not psutil.pid_exists(leftover.pid)
        assert foreign.poll() is None
        assert not file.exists()
    finally:
        foreign.kill()
        foreign.wait()


async def _publish_one(server: Nats) -> int:
    """Publish a message. Return how many messages the stream has."""
    client = await nats.connect(server.url)
    stream = client.jetstream()
    await stream.add_stream(name="orders", subjects=["orders"])
    await stream.publish("orders", b"one")
    info = await stream.stream_info("orders")
    await client.close()
    return info.state.messages


def _pretend_it_started_earlier(file: Path, name: str) -> None:
    recorded = json.loads(file.read_text())
    pid, started = recorded[name]
    file.write_text(json.dumps({**recorded, name: [pid, started - 60]}))
