"""Where the files of a Postgres go that may not run as root."""

import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from deploy.local import account

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="an ordinary user runs Postgres as itself and reaches its own files"
)


@pytest.fixture
def outside(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files go that the server's account can't reach in their place."""
    monkeypatch.setattr(account, "_OUTSIDE", state_folder / "outside")
    return state_folder / "outside"


@pytest.fixture
def private_home(state_folder: Path) -> Path:
    """A home that only its owner may enter."""
    home = state_folder / "home"
    home.mkdir(mode=0o700)
    return home


def test_a_folder_in_reach_is_given_to_the_account_that_runs_postgres(state_folder: Path) -> None:
    folder = account.private_folder(state_folder / "postgres")
    assert folder == state_folder / "postgres"
    assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_data_below_a_private_home_live_outside_and_are_found_again(
    outside: Path, private_home: Path
) -> None:
    wanted = private_home / "state" / "postgres"
    folder = account.private_folder(wanted)
    (folder / "kept").touch()
    assert folder.parent == outside
    assert (wanted / "location").read_text() == f"{folder}\n"
    assert account.private_folder(wanted) == folder
    assert (folder / "kept").exists()


def test_a_deleted_state_folder_takes_its_data_outside_with_it(
    outside: Path, private_home: Path
) -> None:
    wanted = private_home / "state" / "postgres"
    (account.private_folder(wanted) / "old").touch()
    shutil.rmtree(private_home / "state")
    assert not (account.private_folder(wanted) / "old").exists()
    assert outside.exists()


def test_programs_below_a_private_home_are_copied_once(outside: Path, private_home: Path) -> None:
    (private_home / "package" / "bin").mkdir(parents=True)
    (private_home / "package" / "bin" / "program").write_text("run me")
    copy = account.reachable_tree(private_home, ["package", "not there"])
    assert copy.parent == outside
    assert (copy / "package" / "bin" / "program").read_text() == "run me"
    assert account.reachable_tree(private_home, ["package", "not there"]) == copy
    assert [entry.name for entry in outside.iterdir()] == [copy.name]


def test_programs_in_reach_are_used_where_they_are(state_folder: Path) -> None:
    assert account.reachable_tree(state_folder, ["package"]) == state_folder
