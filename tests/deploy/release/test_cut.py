"""A release names its version everywhere, and becomes the release that must be kept."""

import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

from deploy.local.topology import SERVICES
from deploy.release import cut
from tests.deploy.compose_file import ROOT

FILES = (
    "CHANGELOG.md",
    "pyproject.toml",
    "deploy/release_before.toml",
    "deploy/release/accepted_breaks.toml",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with the files that a release changes, and the names of migrations."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for service in SERVICES:
        folder = tmp_path / "services" / service / "migrations"
        folder.mkdir(parents=True)
        for number in ("0098", "0099"):
            (folder / f"{number}_things.py").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.email", "tests@example.com")
    git(tmp_path, "config", "user.name", "Tests")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "Everything")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_release_is_a_tag_and_becomes_the_previous_one(checkout: Path) -> None:
    accepted = checkout / "deploy" / "release" / "accepted_breaks.toml"
    accepted.write_text(accepted.read_text().replace("[]", '[\n  "an old one",\n]', 1))
    git(checkout, "commit", "--all", "--quiet", "--message", "A change is accepted")
    cut.cut(checkout, "7.8.9")
    project = tomllib.loads(git(checkout, "show", "v7.8.9:pyproject.toml"))
    assert project["project"]["version"] == "7.8.9"
    before = tomllib.loads((checkout / "deploy" / "release_before.toml").read_text())
    revision = git(checkout, "rev-parse", "--short=8", "v7.8.9^{commit}")
    assert (before["version"], before["revision"]) == ("7.8.9", revision)
    assert before["api_revision"] == revision
    assert before["migrations"] == dict.fromkeys(SERVICES, "0099")
    assert tomllib.loads(accepted.read_text()) == {
        "api": {"changes": []},
        "contract": {"changes": []},
    }
    assert git(checkout, "status", "--porcelain") == ""


def test_the_changelog_gives_the_release_what_was_unreleased(checkout: Path) -> None:
    file = checkout / "CHANGELOG.md"
    before = file.read_text(encoding="utf-8").partition("## Unreleased\n")[2]
    cut.name_version(checkout, "7.8.9", date(2030, 1, 2))
    after = file.read_text(encoding="utf-8").partition("## Unreleased\n")[2]
    assert after == f"\n## 7.8.9 - 2030-01-02\n{before}"
    with pytest.raises(cut.Refused, match=r"nothing under Unreleased|has 7\.8\.9 already"):
        cut.name_version(checkout, "7.8.9", date(2030, 1, 2))
    with pytest.raises(cut.Refused, match="nothing under Unreleased"):
        cut.name_version(checkout, "7.9.0", date(2030, 1, 2))


def test_a_release_is_refused_with_uncommitted_changes_or_a_strange_version(checkout: Path) -> None:
    with pytest.raises(cut.Refused, match="not a version"):
        cut.cut(checkout, "next")
    (checkout / "CHANGELOG.md").write_text("changed")
    with pytest.raises(cut.Refused, match="commit your changes"):
        cut.cut(checkout, "7.8.9")
