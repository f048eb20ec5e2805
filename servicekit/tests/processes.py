"""Services as processes of their own, for tests that signal and watch them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fixtures.forked import ForkedProcess
from tests.fixtures.waiting import wait_until_sync


class RunningProcess:
    """A child process that writes its output to a file. It is killed at the end of the block.

    ``arguments`` are those of the Python interpreter: ``-m`` with a module, which runs as a fork,
    or ``-c`` with code. ``environment`` is added to the current one.
    """

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self._output = folder / "output"
        self._process = _started(arguments, environment, self._output)

    def __enter__(self) -> "RunningProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def output(self) -> str:
        return self._output.read_text()

    def events(self) -> list[str]:
        """Return the names of the log events in the output so far."""
        return [line["event"] for line in self._lines() if "event" in line]

    def wait_for(self, event: str, timeout: float = 60) -> None:
        """Wait until ``event`` was logged. Fail with the output if the process ends before."""

        def logged() -> bool:
            seen = event in self.events()
            assert seen or self.exit_code() is None, self.output()
            return seen

        wait_until_sync(logged, timeout, message=f"{event} logged")

    def exit_code(self) -> int | None:
        """Return the process's exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float = 60) -> int:
        """Return the process's exit code once it has ended. Fail after ``timeout`` seconds."""
        return self._process.wait(timeout)

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]


def _started(
    arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> "ForkedProcess | subprocess.Popen[bytes]":
    if arguments[0] == "-m":
        return ForkedProcess(arguments[1:], environment, log)
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 (our own Python)
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
