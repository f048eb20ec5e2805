"""Start services as forks of a process that has already imported the libraries.

To import them takes most of the processor time of a service's start, and most of its memory at
rest. A fork has them at once, and forks share their memory.
"""

import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from deploy.local.process_groups import kill_group

LONGEST_REQUEST = 128 * 1024
"""The largest request to fork, in bytes. Most of it is the environment of the process."""

# A process that forks imports the libraries first, which takes long on a busy machine.
_FORKED_WITHIN = 120.0
_REPORTED_WITHIN = 10.0
_ENDED_WITHIN = 5.0

# The settings of an interpreter that are chosen when it starts.
_CHOSEN_AT_START = ("PYTHONPATH", "LD_PRELOAD", "PYTHONUNBUFFERED")


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module to run: its arguments, environment and folder.

    `death_signal` is the signal that it gets if its supervisor dies.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    umask: int
    death_signal: signal.Signals


class Fork:
    """A running fork. It has the part of `subprocess.Popen` that a supervisor needs."""

    def __init__(self, pid: int, report: TextIO) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._report = report
        # It becomes readable when the process ends, whoever its parent is.
        self._end = _end_of(pid)

    def wait(self) -> int:
        """Wait until the process has ended and return its exit code (-9 after SIGKILL).

        The rest of its process group has been killed then.
        """
        if self.returncode is not None:
            return self.returncode
        if self._end is not None:
            _is_readable(self._end)
            os.close(self._end)
        with self._report:
            word, number = _read(self._report, _REPORTED_WITHIN)
        if word != "exit":
            # The process that forks has died or is frozen, and reports nothing.
            kill_group(self.pid)
        self.returncode = number if word == "exit" else -signal.SIGKILL
        return self.returncode


@dataclass(frozen=True, slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    requests: socket.socket


class Forks:
    """The process that imports the libraries once and forks into services.

    It is started together with the first service.
    """

    def __init__(self, env: Mapping[str, str], cwd: Path) -> None:
        self._env = env
        self._cwd = cwd
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def suits(self, env: Mapping[str, str]) -> bool:
        """Return whether a process with this environment can be a fork.

        It can't if it needs other modules or libraries than those of the process that forks.
        """
        return sys.platform == "linux" and all(
            env.get(name) == self._env.get(name) for name in _CHOSEN_AT_START
        )

    def start(self, program: Program, log: int) -> Fork:
        """Start `program` with its output in the open file `log`.

        Raises OSError if the fork could not be started. The output of the process that forks has
        the reason.
        """
        request = _request(program)
        read, write = os.pipe()
        report = os.fdopen(read)
        try:
            with self._lock:
                socket.send_fds(self._running(), [request], [log, write])
        except OSError:
            report.close()
            raise
        finally:
            os.close(write)
        word, number = _read(report, _FORKED_WITHIN)
        if word == "pid":
            return Fork(number, report)
        report.close()
        if word != "exit":
            self._give_up()
        raise OSError(
            number or errno.ECHILD, f"{program.name} could not be forked ({word or 'no answer'})"
        )

    def close(self) -> None:
        """End the process that forks, after all its forks have ended."""
        with self._lock:
            self._end()

    def _running(self) -> socket.socket:
        """Return the socket for requests. Starts the process that forks if it does not run."""
        if self._server is None or self._server.process.poll() is not None:
            self._end()
            self._server = self._started()
        return self._server.requests

    def _started(self) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env=dict(self._env),
                cwd=self._cwd,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        return _Server(process, ours)

    def _give_up(self) -> None:
        """Kill the process that forks, because it does not answer. The next start replaces it."""
        with self._lock:
            if self._server is not None:
                self._server.process.kill()

    def _end(self) -> None:
        if self._server is None:
            return
        self._server.requests.close()
        try:
            self._server.process.wait(_ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            self._server.process.kill()
            self._server.process.wait()
        self._server = None


def _end_of(pid: int) -> int | None:
    """Return a file that becomes readable when the process ends; None if it has ended."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _read(report: TextIO, seconds: float) -> tuple[str, int]:
    """Return the next report; an empty text if there is none within `seconds`."""
    ready = _is_readable(report.fileno(), seconds)
    word, _, number = report.readline().partition(" ") if ready else ("", "", "")
    return word, int(number or 0)


def _is_readable(file: int, seconds: float | None = None) -> bool:
    """Wait until a file can be read, at most `seconds`.

    `select.select` would fail in a process with more than a thousand open files.
    """
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def _request(program: Program) -> bytes:
    content = {
        "name": program.name,
        "argv": program.argv,
        "env": dict(program.env),
        "cwd": str(program.cwd),
        "umask": program.umask,
        "death_signal": int(program.death_signal),
    }
    request = json.dumps(content).encode()
    if len(request) > LONGEST_REQUEST:
        raise OSError(errno.E2BIG, f"the environment of {program.name} is too large")
    return request
