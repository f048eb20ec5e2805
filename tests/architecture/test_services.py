"""All services have the same structure: rooms, one chain of migrations, SQL in one room."""

import ast
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from deploy.local.topology import SERVICES
from servicekit import migrations
from tests.architecture.source import ROOT, sources

_ROOMS = {
    *("domain", "events", "jobs", "providers", "rpc", "storage", "support", "usecases"),
}
_OF_A_SERVICE = {"migrations", "parts", "tests"}
_PACKAGES = {
    "messaging": {"accounts", "common", "history", "inbox", "registration", "sending"},
    "campaigns": {"campaigns", "common", "events", "templates"},
}
"""The packages of the services that have several capabilities, each with the rooms inside."""
_OF_THE_EDGES = {"gateway": {"http", "stream"}, "webhooks": {"http", "delivery"}}
_FILES = {"README.md", "__init__.py", "__main__.py", "app.py", "settings.py"}
# The names of the database library that other rooms may import: the connection type and errors.
_HANDED_ON = {
    ("sqlalchemy.ext.asyncio", "AsyncConnection"),
    ("psycopg", "Error"),
}
_ERRORS = "sqlalchemy.exc"
_DRIVERS = {"sqlalchemy", "psycopg", "alembic"}


def _folders(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "_"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_rooms_as_every_other(service: str) -> None:
    folder = ROOT / "services" / service
    rooms = _PACKAGES.get(service, _ROOMS | _OF_THE_EDGES.get(service, set()))
    assert _folders(folder) - _OF_A_SERVICE - rooms == set()
    files = {entry.name for entry in folder.iterdir() if entry.is_file()}
    assert files | {"__init__.py", "__main__.py"} == _FILES


@pytest.mark.parametrize("service", [*_PACKAGES, "webhooks"])
def test_a_package_has_the_same_rooms_as_every_other(service: str) -> None:
    for package in _PACKAGES.get(service, {"delivery"}):
        folder = ROOT / "services" / service / package
        assert _folders(folder) - _ROOMS == set()
        assert [entry.name for entry in folder.iterdir() if entry.is_file()] == ["__init__.py"]


def test_every_folder_of_services_is_a_service() -> None:
    folders = {p.name for p in (ROOT / "services").iterdir() if p.is_dir() and p.name[0] != "_"}
    assert folders == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_of_a_service_follow_one_another(service: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.folder(service)))
    config.set_main_option("version_locations", str(migrations.folder(service)))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.head(service)]


def test_only_storage_builds_sql() -> None:
    strangers = [
        f"{source.path}: from {module} import {name}"
        for source in sources("services")
        if not source.is_test and not {"storage", "migrations"} & set(source.path.parts)
        for module, name in source.imports()
        if module.split(".")[0] in _DRIVERS
        and module != _ERRORS
        and (module, name) not in _HANDED_ON
    ]
    assert strangers == []


def test_opentelemetry_is_only_imported_where_traces_are_recorded() -> None:
    """One module imports it, and no module imports that one when it is imported itself."""
    code = [s for s in sources("services", "servicekit", "deploy", "simulator") if not s.is_test]
    importing = {
        str(source.path)
        for source in code
        for module, _ in source.imports()
        if module.split(".")[0] == "opentelemetry"
    }
    assert importing == {"servicekit/telemetry/otlp.py"}
    at_start = [
        str(source.path)
        for source in code
        for node in source.tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "telemetry.otlp" in ast.unparse(node)
    ]
    assert at_start == []
