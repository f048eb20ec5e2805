"""Migrations: Alembic, numbered files in ``services/<name>/migrations``."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from servicekit.db import grants
from servicekit.db.suitable import exit_if_unsuitable
from servicekit.settings import MigrationSettings, load
from servicekit.telemetry import logs

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()

_ROOT = Path(__file__).resolve().parent.parent
_ENVIRONMENT = Path(__file__).resolve().parent / "db" / "alembic"

# Seconds between attempts to get the locks of a migration: five minutes in all. Each attempt is
# short, and others use the table in between.
_PAUSES = (0.5, 1, 2, 4, 8, *(10,) * 28)
_NEWER = (
    "Nothing to migrate: a later release has already migrated this database, and this release runs"
    " on it."
)


def folder(service: str) -> Path:
    """Return the folder with the migrations of ``service``."""
    return _ROOT / "services" / service / "migrations"


def head(service: str) -> str:
    """Return the four-digit number of the newest migration of ``service``."""
    return max(path.name for path in folder(service).glob("[0-9]*.py")).split("_")[0]


def missing(service: str, database_url: str) -> str | None:
    """Return the number of the migration that the code of ``service`` needs and its database lacks.

    None if the database is as new as the code, or newer, because a release also runs on the schema
    of the next release.
    """
    newest = head(service)
    found = _version(database_url)
    return newest if found is None or found < newest else None


def migrate(service: str) -> None:
    """Run the command ``migrate`` of ``service``, with its settings from the environment."""
    settings = load(MigrationSettings)
    logs.configure(service, "INFO")
    url = settings.migration_url()
    exit_if_unsuitable(url)
    upgrade(service, url, settings.role())


def upgrade(service: str, database_url: str, role: str | None = None) -> None:
    """Bring the database of ``service`` to its newest migration. Idempotent.

    ``role`` is the role of the service's processes. If another role migrates, ``role`` gets the
    rights to read and write. A database that is newer than this code, as after a rollback, is left
    as it is.
    """
    if role is None or role == make_url(database_url).username:
        _upgrade(service, database_url)
        return
    grants.grant(database_url, role)
    _upgrade(service, database_url)
    grants.protect_version(database_url, role)


def _upgrade(service: str, database_url: str) -> None:
    found, newest = _version(database_url), head(service)
    if found is not None and found > newest:
        log.info("schema_is_newer", service=service, database=found, code=newest, meaning=_NEWER)
    if found is not None and found >= newest:
        return
    # Imported here, so that a start with nothing to migrate does not pay for it.
    from alembic import command

    config = _config(service, database_url)
    for pause in _PAUSES:
        try:
            command.upgrade(config, "head")
        except OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            log.warning("migration_waits_for_a_lock", service=service, pause_seconds=pause)
            time.sleep(pause)
        else:
            return
    command.upgrade(config, "head")


def _config(service: str, database_url: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_ENVIRONMENT))
    config.set_main_option("version_locations", str(folder(service)))
    config.set_main_option("path_separator", "newline")
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    config.attributes["url"] = url.render_as_string(hide_password=False)
    return config


def _version(database_url: str) -> str | None:
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        found = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if found is None or found[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else None
