"""Import what all services need once, and fork into a service whenever the launcher asks for it.

`python -m deploy.local.fork_server FD` reads requests from the socket FD, and ends when the
launcher has closed the other end. A request is a JSON object with the module to run. Two open files
come with it: for the output of the fork, and for reports about it, such as `pid 4711` and `exit 0`.

This process has only one thread and opens nothing but the socket, so a fork has nothing to clean
up.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import smsblaster
from deploy.local.forks import LONGEST_REQUEST
from deploy.local.process_groups import kill_group

# What takes long to import and is used by several services. Not their own modules, which register
# metrics.
_LIBRARIES = (
    "servicekit.service",
    "servicekit.web.server",
    "servicekit.phones",
    "requests",
    "httpx",
    "flask",
)

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


@dataclass(frozen=True, slots=True)
class _Fork:
    """In a fork: the request that it carries out, and its open files."""

    request: dict[str, Any]
    log: int
    report: int
    server: int


class _Server:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._reports: dict[int, int] = {}
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)

    def serve(self) -> _Fork | None:
        """Fork for each request.

        Returns in every fork, and in this process when the launcher has ended (None).
        """
        signal.set_wakeup_fd(self._wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        requests = self._requests.fileno()
        while True:
            ready, _, _ = select.select([requests, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, LONGEST_REQUEST)
                self._report_ended()
            if requests in ready:
                message, files, _, _ = socket.recv_fds(self._requests, LONGEST_REQUEST, 2)
                if not message:
                    return None
                fork = self._fork(message, *files)
                if fork is not None:
                    return fork

    def _fork(self, message: bytes, log: int, report: int) -> _Fork | None:
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _write(report, "error", error.errno or 0)
            os.close(report)
        else:
            if pid == 0:
                self._leave()
                return _Fork(json.loads(message), log, report, server)
            self._reports[pid] = report
        os.close(log)
        return None

    def _leave(self) -> None:
        """In a fork, close the files that only the process that forks needs."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._requests.close()
        for file in (self._woken, self._wake, *self._reports.values()):
            os.close(file)

    def _report_ended(self) -> None:
        """Report the exit codes of forks that have ended, after killing the rest of their groups.

        A fork is not reaped before that, so no other process can have its pid.
        """
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while self._reports and (ended := os.waitid(os.P_ALL, 0, options)) is not None:
            kill_group(ended.si_pid)
            _, status = os.waitpid(ended.si_pid, 0)
            report = self._reports.pop(ended.si_pid)
            _write(report, "exit", os.waitstatus_to_exitcode(status))
            os.close(report)


def _write(report: int, word: str, number: int) -> None:
    with suppress(BrokenPipeError):  # the launcher has gone
        os.write(report, f"{word} {number}\n".encode())


def _become(fork: _Fork) -> None:
    """Give this fork the files, environment and signals of a process that was started normally."""
    request = fork.request
    os.setsid()
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NAME, request["name"].encode(), 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, request["death_signal"], 0, 0, 0)
    # The server may have died before the line above.
    if os.getppid() != fork.server:
        os._exit(1)
    for output in (1, 2):
        os.dup2(fork.log, output)
    os.close(fork.log)
    os.umask(request["umask"])
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    _write(fork.report, "pid", os.getpid())
    os.close(fork.report)


def _import_libraries() -> None:
    for name in (*_LIBRARIES, *_of_traces(), *_contract()):
        importlib.import_module(name)
    # A collection writes to every object that it visits, and memory that is written to is not
    # shared.
    gc.collect()
    gc.freeze()


def _of_traces() -> Sequence[str]:
    """Return what records traces, if the services will do that."""
    wanted = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return ("servicekit.telemetry.otlp",) if wanted and find_spec("opentelemetry") else ()


def _contract() -> Iterator[str]:
    """Return the names of the contract's modules. Their folders have no `__init__.py`."""
    [root] = map(Path, smsblaster.__path__)
    for file in root.rglob("*_pb2*.py"):
        yield ".".join((smsblaster.__name__, *file.relative_to(root).with_suffix("").parts))


def main() -> None:
    """Serve until the launcher has ended. In a fork, run the requested module."""
    _import_libraries()
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        fork = _Server(requests).serve()
    if fork is not None:
        _become(fork)
        module, *arguments = fork.request["argv"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
