"""Postgres can't run as root.

The launcher puts its files where its own OS user can reach them.
"""

import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from deploy.local import account

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="an ordinary user runs Postgres as itself and reaches its own files"
)


@pytest.fixture
def outside(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for data that the server's OS user can't reach at its usual place."""
    monkeypatch.setattr(account, "_OUTSIDE", state_folder / "outside")
    return state_folder / "outside"


@pytest.fixture
def private_home(state_folder: Path) -> Path:
    """Return a home folder that only its owner may enter."""
    home = state_folder / "home"
    home.mkdir(mode=0o700)
    return home


@as_root
def test_a_data_folder_that_the_postgres_user_can_reach_is_given_to_that_user(
    state_folder: Path,
) -> None:
    folder = account.private_folder(state_folder / "postgres")
    assert folder == state_folder / "postgres"
    assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@as_root
def test_data_of_a_private_home_folder_is_stored_elsewhere_and_found_at_the_next_start(
    outside: Path, private_home: Path
) -> None:
    wanted = private_home / "state" / "postgres"
    folder = account.private_folder(wanted)
    (folder / "kept").touch()
    assert folder.parent == outside
    assert (wanted / "location").read_text() == f"{folder}\n"
    assert account.private_folder(wanted) == folder
    assert (folder / "kept").exists()


@as_root
def test_data_stored_elsewhere_is_not_used_after_the_state_folder_was_deleted(
    outside: Path, private_home: Path
) -> None:
    wanted = private_home / "state" / "postgres"
    (account.private_folder(wanted) / "old").touch()
    shutil.rmtree(private_home / "state")
    assert not (account.private_folder(wanted) / "old").exists()
    assert outside.exists()


@as_root
def test_programs_in_a_private_home_folder_are_copied_once_for_the_postgres_user(
    outside: Path, private_home: Path
) -> None:
    (private_home / "package" / "bin").mkdir(parents=True)
    (private_home / "package" / "bin" / "program").write_text("run me")
    copy = account.reachable_tree(private_home, ["package", "not there"])
    assert copy.parent == outside
    assert (copy / "package" / "bin" / "program").read_text() == "run me"
    assert account.reachable_tree(private_home, ["package", "not there"]) == copy
    assert [entry.name for entry in outside.iterdir()] == [copy.name]


def test_programs_that_the_postgres_user_can_reach_are_not_copied(state_folder: Path) -> None:
    assert account.reachable_tree(state_folder, ["package"]) == state_folder


def test_a_temporary_folder_that_a_killed_process_left_is_removed_by_the_next_one(
    state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_TEMPORARY", state_folder)
    abandoned, fresh = state_folder / "smsblaster-abandoned", state_folder / "smsblaster-fresh"
    with account.temporary_state() as in_use:
        for folder in (abandoned, fresh):
            folder.mkdir()
            (folder / ".temporary-state").touch()
        for folder in (abandoned, in_use):
            os.utime(folder / ".temporary-state", (0, 0))
        with account.temporary_state():
            assert not abandoned.exists()
            assert in_use.exists()
            assert fresh.exists()
    assert not in_use.exists()


def test_a_folder_with_a_name_like_that_of_a_temporary_folder_is_not_removed(
    state_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_TEMPORARY", state_folder)
    somebody_elses = state_folder / "smsblaster-notes"
    somebody_elses.mkdir()
    os.utime(somebody_elses, (0, 0))
    with account.temporary_state():
        assert somebody_elses.exists()
