"""Processes run on a schema that is older or newer than their code, as during an upgrade."""

from pathlib import Path

import psycopg

from servicekit.migrations import head
from servicekit.tests.billing_process import billing, environment, is_ready
from tests.fixtures.databases import owner_url
from tests.fixtures.waiting import wait_until_sync

OLDER, NEWER = "0001", "9999"


def set_version(database_url: str, version: str) -> None:
    """Store that the database is at the migration ``version``."""
    with psycopg.connect(owner_url(database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [version])


def test_a_process_waits_for_the_migrations_of_its_release(
    database_url: str, nats_url: str, tmp_path: Path
) -> None:
    settings = environment(database_url, nats_url)
    set_version(database_url, OLDER)
    with billing(settings, tmp_path) as process:
        process.wait_for("database_not_migrated_yet")
        assert head("billing") in process.output()
        assert not is_ready(settings)
        set_version(database_url, head("billing"))
        process.wait_for("service_ready")
        wait_until_sync(lambda: is_ready(settings))


def test_a_process_runs_on_the_schema_of_the_next_release(
    database_url: str, nats_url: str, tmp_path: Path
) -> None:
    settings = environment(database_url, nats_url)
    set_version(database_url, NEWER)
    with billing(settings, tmp_path) as process:
        process.wait_for("service_ready")
    set_version(database_url, head("billing"))


def test_migrating_with_an_older_image_changes_nothing_and_says_so(
    database_url: str, nats_url: str, tmp_path: Path
) -> None:
    set_version(database_url, NEWER)
    with billing(environment(database_url, nats_url), tmp_path, "migrate") as process:
        assert process.wait() == 0
        assert "a later release has already migrated this database" in process.output()
    set_version(database_url, head("billing"))
