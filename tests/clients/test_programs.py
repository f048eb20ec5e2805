"""A program that exceeds its time is killed with its children, and its output is not lost."""

import time
from pathlib import Path

import pytest

from tests.clients.programs import TookTooLong, run_within
from tests.fixtures.waiting import wait_until_sync


def _is_over(process: str) -> bool:
    status = Path("/proc") / process / "status"
    return not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize("waits", [True, False])
def test_the_children_of_a_killed_program_are_killed_too(tmp_path: Path, waits: bool) -> None:
    note = tmp_path / "child"
    script = f"sleep 600 & echo $! > {note}; {'wait' if waits else 'true'}"
    began = time.monotonic()
    if waits:
        with pytest.raises(TookTooLong):
            run_within(3, ("sh", "-c", script))
    else:
        assert run_within(60, ("sh", "-c", script)) == (0, "", "")
    assert time.monotonic() - began < 60
    wait_until_sync(lambda: _is_over(note.read_text().strip()))


def test_the_output_and_the_exit_code_of_a_program_are_returned(tmp_path: Path) -> None:
    command = ("sh", "-c", "pwd; echo $A >&2; exit 3")
    assert run_within(60, command, tmp_path, {"A": "b"}) == (3, f"{tmp_path}\n", "b\n")
