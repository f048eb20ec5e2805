"""A platform whose services are toys: what is tested here is how the launcher runs processes."""

import shutil
from pathlib import Path

import pytest

from deploy.local.options import StackOptions
from deploy.local.topology import SERVICES

TOY = Path(__file__).with_name("toy_service.py")


@pytest.fixture
def toy_project(tmp_path: Path) -> Path:
    """A checkout with a toy in the place of the simulator and of every service."""
    project = tmp_path / "project"
    for package in ("simulator", *(f"services/{service}" for service in SERVICES)):
        (project / package).mkdir(parents=True)
        shutil.copy(TOY, project / package / "__main__.py")
    return project


@pytest.fixture
def toy_options(toy_project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackOptions:
    """Options of a platform of toys, which have nothing to migrate."""
    monkeypatch.setattr("deploy.local.stack.upgrade", lambda _service, _url: None)
    return StackOptions(state_dir=tmp_path / "state", project=toy_project, durable=False)
