"""A program that hangs is killed with its children, and what it wrote is not lost."""

import sys
import time
from pathlib import Path

import pytest

from tests.clients.programs import TookTooLong, run_within

_CHILD = "import time; time.sleep(600)"
_HANGS = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {_CHILD!r}])
open(sys.argv[1], "w").write(str(child.pid))
"""


def _is_running(process: str) -> bool:
    status = Path("/proc") / process / "status"
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.parametrize("waits", [True, False])
def test_no_child_outlives_a_program(tmp_path: Path, waits: bool) -> None:
    note = tmp_path / "child"
    code = _HANGS + ("child.wait()" if waits else "")
    command = (sys.executable, "-c", code, str(note))
    began = time.monotonic()
    if waits:
        with pytest.raises(TookTooLong):
            run_within(5, command)
    else:
        assert run_within(60, command)[0] == 0
    assert time.monotonic() - began < 60
    assert not _is_running(note.read_text())


def test_output_and_exit_code_are_returned(tmp_path: Path) -> None:
    code = (
        "import os, sys; print(os.getcwd()); print(os.environ['A'], file=sys.stderr); sys.exit(3)"
    )
    command = (sys.executable, "-c", code)
    assert run_within(60, command, tmp_path, {"A": "b"}) == (3, f"{tmp_path}\n", "b")
