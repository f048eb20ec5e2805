"""Supervise a child process: start it, restart it when it dies, and stop it gracefully.

A child runs in a session of its own. So a Ctrl-C in the terminal reaches only the launcher, which
stops the children in the right order. On Linux the kernel signals a child when the thread that
started it ends (PR_SET_PDEATHSIG). So every child has a thread that lives until the child is
stopped.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local.forks import Fork, Forks, Program
from deploy.local.log_files import open_log, rotate
from deploy.local.process_groups import kill_group

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

_FIRST_BACKOFF = 0.2
_LONGEST_BACKOFF = 5.0
# A process that runs for these seconds has started well. When it dies later, its first restart has
# the shortest delay again.
_SETTLED_AFTER = 10.0
_ONLY_OURS = 0o077


@dataclass(frozen=True, slots=True)
class Command:
    """The command of a supervised process, and how it is run.

    `user` is the account that the child switches to (None: the current account). `death_signal` is
    the signal that the child gets if its supervisor dies. `grace` is the time in seconds that it
    has to stop. `prepare` is called before each start and may raise OSError. With `forks`, the
    command must be `python -m …`. It is then run as a fork if its environment allows that.
    """

    name: str
    argv: tuple[str, ...]
    log_file: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    grace: float = 20.0
    prepare: Callable[[], None] = lambda: None
    forks: Forks | None = None


class Child(Protocol):
    """A running child process: `subprocess.Popen`, or a fork."""

    @property
    def pid(self) -> int:
        """The pid of the process."""

    @property
    def returncode(self) -> int | None:
        """The exit code; None before `wait` has returned."""

    def wait(self) -> int:
        """Wait until the process has ended and return its exit code."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Functions that are called when a process starts, dies or can't be restarted.

    `failed` gets the reason why a dead process could not be restarted. The functions must not
    raise, because the thread that calls them also restarts the process.
    """

    spawned: Callable[[str, int], None] = lambda _name, _pid: None
    died: Callable[[str, int], None] = lambda _name, _exit_code: None
    failed: Callable[[str, OSError], None] = lambda _name, _error: None


class Process:
    """A child process that is restarted whenever it dies, until `stop` is called."""

    def __init__(self, command: Command, watcher: Watcher | None = None) -> None:
        self.command = command
        self._watcher = watcher or Watcher()
        self._lock = threading.Lock()
        self._unwanted = threading.Event()
        self._child: Child | None = None
        self._ended = threading.Event()
        self._ended.set()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The name of the process in logs."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """The pid of the running child, or None if no child runs."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self) -> None:
        """Start the process and return when it was spawned. Does nothing if it is already started.

        Raises OSError if the command can't be executed.
        """
        if self._thread is not None and not self._unwanted.is_set():
            return
        self._join()
        self._unwanted.clear()
        rotate(self.command.log_file)
        spawned: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._keep_running, args=(spawned,), name=f"keep-{self.name}", daemon=True
        )
        self._thread.start()
        spawned.result()

    def stop(self, grace: float | None = None) -> None:
        """Ask the process to stop, kill it after `grace` seconds, and return when it has ended."""
        self._unwanted.set()
        self._signal(self.command.stop_signal)
        self._join(self.command.grace if grace is None else grace)
        self._kill_group()
        self._join()

    def recycle(self) -> None:
        """Ask the running child to stop.

        A new child is started in its place, unless `stop` was called.
        """
        self._signal(self.command.stop_signal)

    def kill(self, *, keep_down: bool = False) -> None:
        """Kill the process with SIGKILL and return when it has ended.

        It is restarted soon afterwards, unless `keep_down` is set.
        """
        if keep_down:
            self._unwanted.set()
        ended = self._ended
        self._kill_group()
        ended.wait()
        if keep_down:
            self._join()

    def restart(self) -> None:
        """Stop the process gracefully and start it again."""
        self.stop()
        self.start()

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines that the process wrote."""
        if not self.command.log_file.exists():
            return ""
        text = self.command.log_file.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _keep_running(self, spawned: Future[None]) -> None:
        try:
            child = self._spawn()
        except OSError as error:
            self._unwanted.set()
            spawned.set_exception(error)
            return
        spawned.set_result(None)
        backoff = _FIRST_BACKOFF
        while not self._unwanted.is_set():
            born = time.monotonic()
            if child is not None:
                exit_code = self._wait_for_end(child)
                if self._unwanted.is_set():
                    return
                self._watcher.died(self.name, exit_code)
            backoff = _FIRST_BACKOFF if time.monotonic() - born > _SETTLED_AFTER else backoff
            self._unwanted.wait(backoff)
            backoff = min(backoff * 2, _LONGEST_BACKOFF)
            child = self._spawn_again()

    def _spawn_again(self) -> Child | None:
        """Start the process. Return None if the OS refuses; the caller tries again."""
        try:
            return self._spawn()
        except OSError as error:
            self._watcher.failed(self.name, error)
            return None

    def _spawn(self) -> Child | None:
        with self._lock:
            if self._unwanted.is_set():
                return None
            self._child = start_child(self.command)
            self._ended = threading.Event()
        self._watcher.spawned(self.name, self._child.pid)
        return self._child

    def _wait_for_end(self, child: Child) -> int:
        """Wait until the child ends, kill the rest of its group, and return its exit code."""
        if isinstance(child, Fork) or sys.platform != "linux":
            child.wait()
        else:
            # The child is not reaped yet, so its pid is still its own, and we can't kill another
            # group.
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            if not isinstance(child, Fork):
                kill_group(child.pid)
            exit_code = child.wait()
            self._ended.set()
        return exit_code

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            if self.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, number)

    def _kill_group(self) -> None:
        with self._lock:
            if self.pid is not None:
                kill_group(self.pid)

    def _join(self, timeout: float | None = None) -> None:
        if self._thread is not None:
            self._thread.join(timeout)


def start_child(command: Command) -> Child:
    """Start a process and return it. Nobody restarts it.

    Raises OSError if the command can't be executed.
    """
    command.prepare()
    with open_log(command.log_file) as log:
        if command.forks is not None and command.forks.suits(command.env):
            return command.forks.start(_program(command), log.fileno())
        account = pwd.getpwnam(command.user) if command.user else None
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(command.env),
            cwd=command.cwd,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            umask=_ONLY_OURS,
            preexec_fn=_die_with_parent(command.death_signal),  # noqa: PLW1509
        )


def _program(command: Command) -> Program:
    _, _, *argv = command.argv  # without `python -m`
    return Program(
        name=command.name,
        argv=tuple(argv),
        env=command.env,
        cwd=command.cwd or Path.cwd(),
        umask=_ONLY_OURS,
        death_signal=command.death_signal,
    )


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        # The parent may have died before the line above.
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel
