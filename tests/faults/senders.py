"""Replace the platform's sender processes by ones that the test starts."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.process import Process
from tests.fixtures.platform import Platform

_PLATFORMS_OWN = ("sender-1", "sender-2")


@dataclass(frozen=True)
class Senders:
    """The sender processes that the test has started."""

    processes: Sequence[Process]

    def freeze(self) -> None:
        """Freeze the sender processes (SIGSTOP) in the middle of their work."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Continue the frozen sender processes (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes:
            assert process.pid, f"{process.name} does not run"
            os.killpg(process.pid, number)


@contextmanager
def senders_of_our_own(
    platform: Platform, count: int, settings: Mapping[str, str], logs: Path
) -> Iterator[Senders]:
    """Replace the platform's sender processes by ``count`` others, until the block ends."""
    pattern = platform.stack.process(_PLATFORMS_OWN[0]).command
    for name in _PLATFORMS_OWN:
        platform.stack.process(name).stop()
    ours = [
        Process(
            replace(
                pattern,
                name=f"sender-of-test-{number}",
                log_file=logs / f"sender-{number}.log",
                env={**pattern.env, "OPS_LISTEN": "127.0.0.1:0", **settings},
            )
        )
        for number in range(count)
    ]
    senders = Senders(ours)
    try:
        for process in ours:
            process.start()
        yield senders
    finally:
        for process in ours:
            if process.pid:
                os.killpg(process.pid, signal.SIGCONT)
            process.stop()
        for name in _PLATFORMS_OWN:
            platform.stack.process(name).start()
        platform.stack.wait_ready()
