"""A process ends at once, with the reason, if it can't use its database server."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from servicekit.db.suitable import Unsuitable, refuse_unsuitable
from servicekit.migrations import missing
from servicekit.tests.processes import RunningProcess
from services.webhooks.storage.log_writer import LogWriter
from tests.fixtures.old_postgres import postgres_16
from tests.fixtures.pgbouncer import pooled
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening

COMMANDS = ("serve", "migrate", "job verify-ledger")


@pytest.fixture(scope="module")
def database_url(migrated_database: Callable[[str], str]) -> str:
    return migrated_database("webhooks")


@pytest.fixture(scope="module")
def old_url() -> Iterator[str]:
    with postgres_16() as url:
        yield url


def ended(command: str, url: str, folder: Path) -> RunningProcess:
    """Run a command that must end with status 2. Return the process with its output."""
    settings = {
        "DATABASE_URL": url,
        "NATS_URL": f"nats://{listening()}",
        "GRPC_LISTEN": listening(),
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
        "PUBLIC_APP_URL": "http://console.test",
        "STRIPE_SECRET_KEY": "sk_test_tests",
        "POSTMARK_SERVER_TOKEN": "tests",
        "POSTMARK_FROM": "tests@example.com",
    }
    arguments = ["-m", "services.billing", *command.split()]
    with RunningProcess(arguments, settings, folder) as process:
        assert process.wait() == 2, process.output()
    return process


def test_the_postgres_servers_of_the_tests_pass_the_version_check(database_url: str) -> None:
    refuse_unsuitable(database_url)


def test_an_old_postgres_server_is_refused(old_url: str) -> None:
    with pytest.raises(Unsuitable, match=r"is Postgres 16\.\d+, and Postgres 18 or newer"):
        refuse_unsuitable(old_url)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_process_reports_that_its_database_server_is_too_old(
    command: str, old_url: str, tmp_path: Path
) -> None:
    lines = ended(command, old_url, tmp_path).output().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Can't start: the database server is Postgres 16.")


def test_a_pooler_that_shares_sessions_is_refused(database_url: str) -> None:
    with pooled(database_url, "transaction") as url:
        with pytest.raises(Unsuitable, match="DIRECT_DATABASE_URL"):
            refuse_unsuitable(url)
        # The result is the same if sessions already wait in the pool.
        with closing(psycopg.connect(url)), pytest.raises(Unsuitable, match="session mode"):
            refuse_unsuitable(url)


def test_a_pooler_that_shares_sessions_is_accepted_beside_the_servers_own_address(
    database_url: str,
) -> None:
    with pooled(database_url, "transaction") as url:
        refuse_unsuitable(url, database_url)
        with pytest.raises(Unsuitable, match="DIRECT_DATABASE_URL leads through"):
            refuse_unsuitable(url, url)


def test_two_addresses_of_different_databases_are_refused(
    database_url: str, migrated_database: Callable[[str], str]
) -> None:
    with pytest.raises(Unsuitable, match="different databases"):
        refuse_unsuitable(database_url, migrated_database("webhooks"))


def test_a_process_reports_that_a_pooler_shares_its_sessions(
    database_url: str, tmp_path: Path
) -> None:
    with pooled(database_url, "transaction") as url:
        assert "Can't start: DATABASE_URL leads through" in ended("serve", url, tmp_path).output()


async def test_a_pooler_that_gives_each_client_its_own_session_can_be_used(
    database_url: str,
) -> None:
    with pooled(database_url, "session") as url:
        refuse_unsuitable(url)
        writer = LogWriter(url, first_pause=1)
        assert await writer.add([]) == set()
        await writer.close()


def test_for_an_old_schema_the_missing_migration_is_named(old_url: str) -> None:
    assert missing("billing", old_url) is not None
