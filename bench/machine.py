"""Measure the machine: CPU time and memory of each process, and the load of other programs."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from rich.console import Console

from bench.statements import Statements, statements_seen
from deploy.local.stack import Stack

_SERVERS = {"postgres": "postgres", "nats-server": "nats"}


def processes(stack: Stack) -> dict[str, list[psutil.Process]]:
    """Return the platform's processes by name: services, senders, simulator, postgres and nats."""
    named: dict[str, list[psutil.Process]] = {}
    by_pid = {stack.process(name).pid: name for name in stack.process_names}
    for child in psutil.Process().children(recursive=True):
        try:
            lineage = [child, *child.parents()]
            name = next((by_pid[p.pid] for p in lineage if p.pid in by_pid), None)
            name = name or next((_SERVERS[p.name()] for p in lineage if p.name() in _SERVERS), None)
        except psutil.NoSuchProcess:
            continue
        if name:
            named.setdefault(name, []).append(child)
    return named


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """Return the CPU-seconds (user and system) that each part of the platform has used so far."""
    return {
        name: sum(_cpu(process) for process in members)
        for name, members in processes(stack).items()
    }


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@dataclass(slots=True)
class Usage:
    """The seconds of a measured block, and each part's CPU-seconds and memory growth (MiB)."""

    seconds: float = 0.0
    cpu: Mapping[str, float] = field(default_factory=dict)
    growth: Mapping[str, float] = field(default_factory=dict)
    statements: Statements | None = None

    def cpu_of(self, *names: str) -> float:
        """Return the CPU-seconds of the parts with these prefixes.

        Without prefixes, returns those of all parts.
        """
        return sum(value for name, value in self.cpu.items() if not names or name.startswith(names))

    def cpu_text(self) -> str:
        """Format the CPU-seconds of each part for the output."""
        return ", ".join(f"{n} {s:.1f}" for n, s in sorted(self.cpu.items()) if s >= 0.05)

    def print(self, console: Console) -> None:
        """Print the CPU-seconds of each part, and those of Postgres by statement."""
        console.print("  CPU-s " + self.cpu_text())
        for line in self.statements.lines(self.cpu_of("postgres")) if self.statements else ():
            console.print(
                f"  {line}", highlight=False, markup=False, overflow="ellipsis", no_wrap=True
            )


@contextmanager
def measured(stack: Stack) -> Iterator[Usage]:
    """Measure the CPU time and the memory that the platform uses until the ``with`` block ends."""
    memory = _MemoryPeaks(stack)
    with cpu_measured(stack) as usage:
        memory.start()
        yield usage
        usage.growth = memory.stop()


@contextmanager
def cpu_measured(stack: Stack) -> Iterator[Usage]:
    """Measure the time and CPU, but not the memory, that the platform uses in the ``with`` block.

    Reading the memory use four times a second would slow down this process and the load that it
    generates.
    """
    usage = Usage()
    with statements_seen(stack) as usage.statements:
        before, started = cpu_seconds(stack), time.perf_counter()
        yield usage
        usage.seconds = time.perf_counter() - started
        after = cpu_seconds(stack)
        after["postgres"] -= _cpu(psutil.Process(usage.statements.pid))
    usage.cpu = {name: used - before.get(name, 0.0) for name, used in after.items()}


class _MemoryPeaks:
    """Samples the resident memory of each part four times a second."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._first: dict[str, float] = {}
        self._peak: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start to sample the memory use."""
        self._first = self._sample()
        self._thread.start()

    def stop(self) -> dict[str, float]:
        """Stop sampling. Returns by how many MiB the memory of each part grew at its peak."""
        self._stop.set()
        self._thread.join()
        return {name: self._peak.get(name, was) - was for name, was in self._first.items()}

    def _run(self) -> None:
        while not self._stop.wait(0.25):
            for name, now in self._sample().items():
                self._peak[name] = max(self._peak.get(name, 0.0), now)

    def _sample(self) -> dict[str, float]:
        return {
            name: sum(_resident(p) for p in members)
            for name, members in processes(self._stack).items()
            if name != "postgres"  # the shared buffers would be counted once for every process
        }


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def foreign_load(seconds: float = 3.0) -> float:
    """Measure for ``seconds`` how many processor cores programs outside the platform use."""
    ours_before, busy_before = _our_cpu(), _busy()
    time.sleep(seconds)
    ours, busy = _our_cpu() - ours_before, _busy() - busy_before
    return max(0.0, (busy - ours) / seconds)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + times.irq + times.softirq)


def _our_cpu() -> float:
    me = psutil.Process()
    return sum(_cpu(process) for process in [me, *me.children(recursive=True)])
