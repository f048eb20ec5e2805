"""Run programs with a time limit, after which they and their children are killed."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


class TookTooLong(Exception):
    """A program was killed because it exceeded its time limit."""


def run_within(
    seconds: float,
    command: Sequence[str],
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str, str]:
    """Run a program. Return its exit code, and its standard output and error.

    It reads nothing, and writes to files instead of pipes: a child that it leaves behind would keep
    a pipe open.

    Raises:
        TookTooLong: It ran for longer than ``seconds``.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=None if environment is None else {**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"{' '.join(command)[:200]} took longer than {seconds} s") from None
        finally:
            _kill_group(process)
        return code, _read(output), _read(errors)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and the child processes that it has left running."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
