"""Stop the processes that a killed launcher left running. They are known by pid and start time."""

import json
import signal
import threading
from contextlib import suppress
from pathlib import Path

import psutil

from deploy.local.process_groups import kill_group
from deploy.local.state import write_json

# Seconds by which two readings of the same process's start time may differ.
_SAME_START = 1.0
_GONE_WITHIN = 10.0


class ProcessRecord:
    """A file that lists the processes of a platform, so that no other process is ever stopped."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._started: dict[str, tuple[int, float]] = {}
        self._is_written = True

    def add(self, name: str, pid: int) -> None:
        """Record that process `name` now runs as `pid`."""
        try:
            started = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        with self._lock:
            self._started[name] = (pid, started)
            self._is_written = False
        self.write()

    def write(self) -> None:
        """Write the changes that are not in the file yet.

        On a full disk nothing is written, and the processes run on without a record. So call this
        method again later.
        """
        with self._lock, suppress(OSError):
            if not self._is_written:
                write_json(self._file, self._started)
                self._is_written = True

    def clear(self) -> None:
        """Delete the list of running processes, because all processes have been stopped."""
        with self._lock:
            self._started.clear()
            self._is_written = True
            with suppress(OSError):
                self._file.unlink(missing_ok=True)

    def stop_leftovers(self) -> list[str]:
        """Stop the recorded processes that still run, and return their names.

        If a pid now belongs to another process, that process is left alone.
        """
        if not self._file.exists():
            return []
        recorded = json.loads(self._file.read_text(encoding="utf-8"))
        running = {name: _same_process(pid, born) for name, (pid, born) in recorded.items()}
        ours = {name: process for name, process in running.items() if process is not None}
        for name, process in ours.items():
            _end(name, process)
        _, stubborn = psutil.wait_procs(ours.values(), timeout=_GONE_WITHIN)
        for process in stubborn:
            kill_group(process.pid)
        psutil.wait_procs(stubborn, timeout=_GONE_WITHIN)
        self.clear()
        return sorted(ours)


def _same_process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - started) < _SAME_START
    except psutil.NoSuchProcess:
        return None
    return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None


def _end(name: str, process: psutil.Process) -> None:
    """Kill a process. Postgres gets its fast shutdown instead, so that it needs no recovery."""
    if name == "postgres":
        process.send_signal(signal.SIGINT)
    else:
        kill_group(process.pid)
