"""Watch a running platform, and restart a NATS server that runs but refuses messages.

If a nats-server could not write to a full disk, it continues to run but refuses every message, even
when there is space again. Only a restart repairs its streams.
"""

import threading
from collections.abc import Callable

from deploy.local.leftovers import ProcessRecord
from deploy.local.nats import Nats

_LOOK_EVERY = 1.0
# Failed checks in a row before a restart. One is not enough: a stream that recovers is unhealthy
# for a moment.
_BROKEN_AFTER = 3


class Caretaker:
    """A thread that restarts a broken NATS server, and saves the list of running processes."""

    def __init__(
        self, record: ProcessRecord, nats: Nats | None, report: Callable[[str], None]
    ) -> None:
        self._record = record
        self._nats = nats
        self._report = report
        self._broken = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)

    def start(self) -> None:
        """Start the thread that watches the platform."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching the platform."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY):
            self._record.write()
            if self._nats is not None:
                self._look_after(self._nats)

    def _look_after(self, nats: Nats) -> None:
        self._broken = self._broken + 1 if nats.is_broken() else 0
        if self._broken >= _BROKEN_AFTER and nats.can_write():
            self._broken = 0
            self._report("nats can't write its store; restarting it")
            nats.process.recycle()
