"""Let only one request of an organisation wait for locked data, and refuse the others at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from servicekit.errors import Busy

_ATTEMPT_SECONDS = 10.0

Key = tuple[UUID, str]
"""An organisation and the method that it calls."""


class BusyMethods:
    """Refuse requests that would only wait for a lock, so that they don't block all threads.

    After a method was busy for an organisation, one request at a time tries it again. The others
    are refused until one succeeds. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The time until which one request tries; 0 if no request is trying.
        self._busy: dict[Key, float] = {}

    @contextmanager
    def attempt(self, key: Key) -> Iterator[None]:
        """Let the ``with`` block call the method, and record whether it was busy.

        Raises:
            Busy: The method was busy for the organisation, and another request is already trying it
                again.
        """
        self._enter(key)
        try:
            yield
        except Busy:
            with self._lock:
                self._busy[key] = 0
            raise
        except BaseException:
            self._free(key)
            raise
        else:
            self._free(key)

    def _enter(self, key: Key) -> None:
        if key not in self._busy:
            return
        now = time.monotonic()
        with self._lock:
            if self._busy.get(key, 0) > now:
                raise Busy
            self._busy[key] = now + _ATTEMPT_SECONDS

    def _free(self, key: Key) -> None:
        if key in self._busy:
            with self._lock:
                self._busy.pop(key, None)
