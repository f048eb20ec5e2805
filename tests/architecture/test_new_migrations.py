"""Migrations added since the previous release only add things, and block no other transaction.

squawk checks their SQL.
"""

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from deploy.local.topology import SERVICES
from deploy.release_before import release_before
from servicekit import migrations
from tests.architecture.source import ROOT

_SQUAWK = Path(sys.executable).with_name("squawk")


def new_migrations() -> list[tuple[str, ModuleType]]:
    """Return the migrations since the previous release, as `service/number` and the module."""
    known = release_before().migrations
    return [
        (f"{service} {script.revision}", script.module)
        for service in SERVICES
        for script in _scripts(service).walk_revisions()
        if script.revision > known[service]
    ]


def _scripts(service: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrations.folder(service)))
    config.set_main_option("version_locations", str(migrations.folder(service)))
    config.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(config)


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_of_a_service_are_one_chain(service: str) -> None:
    assert _scripts(service).get_heads() == [migrations.head(service)]


def faults(statements: str) -> list[str]:
    """Return the faults that squawk finds in the SQL, one line each."""
    found = subprocess.run(
        [_SQUAWK, "--reporter", "gcc", "--stdin-filepath", "migration", "-c", ".squawk.toml"],
        input=statements,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.splitlines()


def statements_of(module: ModuleType) -> str:
    """Return the SQL statements that a migration would execute."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        module.upgrade()
    return written.getvalue()


def test_new_migrations_contain_no_statement_that_blocks_others_for_long() -> None:
    found = {name: faults(statements_of(module)) for name, module in new_migrations()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_migration_of_the_previous_release_is_missing() -> None:
    known = release_before().migrations
    assert set(known) == set(SERVICES)
    assert all(known[service] <= migrations.head(service) for service in SERVICES)


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        ("CREATE INDEX ix_a ON a (b);", "require-concurrent-index-creation"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);", "constraint-missing-not-valid"),
        ("ALTER TABLE a ADD COLUMN b text NOT NULL;", "adding-required-field"),
        ("ALTER TABLE a DROP COLUMN b;", "ban-drop-column"),
        ("ALTER TABLE a RENAME COLUMN b TO c;", "renaming-column"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", "adding-not-nullable-field"),
        ("DROP TABLE a;", "ban-drop-table"),
        ("ALTER TABLE a ALTER COLUMN b TYPE bigint;", "changing-column-type"),
    ],
)
def test_forbidden_statements_of_a_new_migration_are_found(statements: str, fault: str) -> None:
    assert any(fault in line for line in faults(statements)), faults(statements)


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE a (b text); CREATE INDEX ix_a ON a (b);",
        "ALTER TABLE a ADD COLUMN b integer NOT NULL DEFAULT 1;",
        "ALTER TABLE a DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (b > 0) NOT VALID;",
        "COMMIT; DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON a (b); BEGIN;",
        "-- squawk-ignore require-concurrent-index-creation\nCREATE INDEX ix_a ON small (b);",
    ],
)
def test_allowed_statements_of_a_new_migration_pass(statements: str) -> None:
    assert faults(statements) == []
