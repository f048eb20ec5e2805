"""The servers, databases and guards that all other tests use."""

import socket
from collections.abc import Callable
from pathlib import Path

import nats
import psycopg
import pytest

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.loopback import RemoteSocketError
from tests.fixtures.twilio_documents import DocumentsAbsent, fetch
from tests.fixtures.waiting import wait_until, wait_until_sync


def test_the_fixtures_start_a_postgres(superuser_url: str) -> None:
    with psycopg.connect(superuser_url) as connection:
        row = connection.execute("SELECT current_setting('server_version_num')::int").fetchone()
    assert row is not None
    assert row[0] >= 180_000


async def test_the_nats_of_the_tests_has_jetstream(nats_url: str) -> None:
    client = await nats.connect(nats_url)
    account = await client.jetstream().account_info()
    await client.close()
    assert account.limits.max_streams == -1


def test_each_call_of_migrated_database_returns_a_new_database(
    migrated_database: Callable[[str], str],
) -> None:
    first, second = migrated_database("billing"), migrated_database("billing")
    assert first != second
    for url in (first, second):
        with psycopg.connect(url) as connection:
            versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        assert len(versions) == 1


def test_the_services_role_owns_its_database_without_being_superuser(
    database_factory: DatabaseFactory,
) -> None:
    with database_factory("billing") as url, psycopg.connect(url) as connection:
        query = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(query).fetchone() == ("billing", False, False)


def test_a_test_database_is_dropped_at_the_end_of_its_with_block(
    database_factory: DatabaseFactory, superuser_url: str
) -> None:
    with database_factory("billing") as url:
        name = url.rsplit("/", 1)[1]
    with psycopg.connect(superuser_url) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        assert connection.execute(query, [name]).fetchone() is None


@pytest.mark.parametrize("host", ["203.0.113.7", "example.com", "2001:db8::1"])
def test_tests_cannot_connect_to_other_machines(host: str) -> None:
    with pytest.raises(RemoteSocketError, match=host):
        socket.create_connection((host, 80), timeout=1)


def test_tests_can_connect_to_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


async def test_wait_until_returns_the_value_of_the_condition() -> None:
    values = iter([0, 0, 7])

    async def condition() -> int:
        return next(values)

    assert await wait_until(condition) == 7
    assert wait_until_sync(lambda: "ready") == "ready"


async def test_a_wait_that_times_out_names_the_condition_and_its_last_value() -> None:
    def never_ready() -> list[str]:
        return []

    with pytest.raises(AssertionError, match=r"never_ready .* still \[\] after 0.05 s"):
        await wait_until(never_ready, timeout=0.05)
    with pytest.raises(AssertionError, match="three messages: still None"):
        wait_until_sync(lambda: None, timeout=0.05, message="three messages")


def test_if_twilios_openapi_files_cannot_be_stored_they_count_as_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm, no_folder = tmp_path / "npm", tmp_path / "cache"
    npm.touch(0o755)
    no_folder.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(no_folder))
    with pytest.raises(DocumentsAbsent, match="can't be written"):
        fetch()
