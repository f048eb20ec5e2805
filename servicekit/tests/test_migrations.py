"""Migrations don't block the platform: they wait only briefly, and build indexes without locks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from servicekit import migrations
from servicekit.tests.processes import RunningProcess
from tests.fixtures.databases import owner_url
from tests.fixtures.waiting import wait_until_sync

_HEAD = """
from alembic import op
from servicekit.db.online import create_index

revision, down_revision = {revision!r}, {before!r}


def upgrade():
    {body}
"""


@pytest.fixture
def write(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that writes the next migration of a service named toy.

    The database of the service is ``url``.
    """
    monkeypatch.setattr(migrations, "_ROOT", tmp_path)
    folder = tmp_path / "services" / "toy" / "migrations"
    folder.mkdir(parents=True)

    def add(revision: str, body: str) -> None:
        before = f"{int(revision) - 1:04}" if revision != "0001" else None
        text = _HEAD.format(revision=revision, before=before, body=body)
        (folder / f"{revision}_step.py").write_text(text)

    add("0001", "op.execute('CREATE TABLE things (name text)')")
    return add


@pytest.fixture
def url(migrated_database: Callable[[str], str]) -> str:
    """Return the URL of an empty database, so that the toy's migrations begin at number 1."""
    found = owner_url(migrated_database("webhooks"))
    with psycopg.connect(found) as connection:
        connection.execute("DROP TABLE alembic_version")
    return found


def test_a_migration_that_waits_too_long_for_a_lock_tries_again_and_blocks_nobody(
    write: Callable[[str, str], None], url: str
) -> None:
    migrations.upgrade("toy", url)
    write("0002", "op.execute('ALTER TABLE things ADD COLUMN size integer')")
    with ThreadPoolExecutor() as threads, capture_logs() as lines:
        with psycopg.connect(url) as busy:
            busy.execute("SELECT FROM things")
            migrating = threads.submit(migrations.upgrade, "toy", url)
            wait_until_sync(lambda: [line["event"] for line in lines], message="a first attempt")
            with psycopg.connect(url) as other:
                other.execute("SET lock_timeout = '5s'")
                other.execute("SELECT FROM things")
        migrating.result(60)
    assert {line["event"] for line in lines} == {"migration_waits_for_a_lock"}
    with psycopg.connect(url) as connection:
        connection.execute("SELECT size FROM things")


def test_an_index_is_built_while_rows_are_written(
    write: Callable[[str, str], None], url: str
) -> None:
    migrations.upgrade("toy", url)
    write("0002", "create_index('ix_things', 'ON things (name)')")
    with ThreadPoolExecutor() as threads, psycopg.connect(url, autocommit=True) as busy:
        with busy.transaction():
            busy.execute("INSERT INTO things VALUES ('before')")
            migrating = threads.submit(migrations.upgrade, "toy", url)
            wait_until_sync(lambda: _indexes(url), message="the index is being built")
            with psycopg.connect(url) as other:
                other.execute("SET lock_timeout = '1s'")
                other.execute("INSERT INTO things VALUES ('meanwhile')")
        migrating.result(60)
    assert _indexes(url) == [("ix_things", True)]


def test_an_interrupted_index_is_built_again(write: Callable[[str, str], None], url: str) -> None:
    migrations.upgrade("toy", url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO things VALUES ('twice'), ('twice')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_things ON things (name)")
        connection.execute("DELETE FROM things")
    assert _indexes(url) == [("ix_things", False)]
    write("0002", "create_index('ix_things', 'ON things (name)')")
    migrations.upgrade("toy", url)
    assert _indexes(url) == [("ix_things", True)]


def test_processes_migrate_one_after_the_other(
    write: Callable[[str, str], None], url: str, tmp_path: Path
) -> None:
    write("0002", "create_index('ix_things', 'ON things (name)')")
    code = (
        "import sys, pathlib; from servicekit import migrations;"
        " migrations._ROOT = pathlib.Path(sys.argv[1]); migrations.upgrade('toy', sys.argv[2])"
    )
    with ExitStack() as stack:
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            process = RunningProcess(["-c", code, str(tmp_path), url], {}, folder)
            stack.enter_context(process)
            stack.callback(_must_end_well, process)
    assert _indexes(url) == [("ix_things", True)]


def _must_end_well(process: RunningProcess) -> None:
    assert process.wait() == 0, process.output()


def _indexes(url: str) -> list[tuple[str, bool]]:
    """Return the indexes of the toy service's table, each with whether it is valid."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
            " WHERE indrelid = 'things'::regclass"
        ).fetchall()
