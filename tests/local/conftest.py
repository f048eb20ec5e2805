"""Fixtures for tests of the launcher: a platform with toy services."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.account import temporary_state
from deploy.local.options import StackOptions
from deploy.local.secrets import ensure_jwt_key
from deploy.local.topology import SERVICES

TOY = Path(__file__).with_name("toy_service.py")


@pytest.fixture(scope="session")
def toy_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout in which toys replace the simulator and every service."""
    project = tmp_path_factory.mktemp("project")
    for package in ("simulator", *(f"services/{service}" for service in SERVICES)):
        (project / package).mkdir(parents=True)
        (project / package / "__init__.py").touch()
        shutil.copy(TOY, project / package / "__main__.py")
    (project / "services" / "__init__.py").touch()
    return project


@pytest.fixture(scope="module")
def nothing_to_migrate() -> Iterator[None]:
    """Skip migrations, because toy services have no databases to migrate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deploy.local.stack.upgrade", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def jwt_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key that signs access tokens.

    All tests share it, because making a key is slow.
    """
    folder = tmp_path_factory.mktemp("jwt")
    ensure_jwt_key(folder)
    return folder


@pytest.fixture
def state_dir(jwt_keys: Path) -> Iterator[Path]:
    """Return a state folder that already has the key and nothing else."""
    with temporary_state(in_memory=True) as folder:
        shutil.copytree(jwt_keys, folder / "jwt")
        yield folder


@pytest.fixture
def toy_options(nothing_to_migrate: None, toy_project: Path, state_dir: Path) -> StackOptions:
    """Return the options of a platform with toy services and its own state folder."""
    del nothing_to_migrate
    return StackOptions(state_dir=state_dir, project=toy_project, durable=False)
