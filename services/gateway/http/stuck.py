"""Requests of an organisation that meet data which somebody holds: one waits, the rest do not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from servicekit.errors import Busy

_FORGOTTEN_SECONDS = 10.0

Key = tuple[UUID, str]
"""An organisation, and the method that it calls."""


class StuckMethods:
    """Answers at once what would only wait for a lock, and so keeps the threads for others.

    Once a method has been too busy for an organisation, one request of its kind at a time tries
    again. The others are refused until one gets through. For many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Until when a request tries; 0 where none does.
        self._stuck: dict[Key, float] = {}

    @contextmanager
    def trying(self, key: Key) -> Iterator[None]:
        """Try within the block.

        Raises:
            Busy: another request of the organisation waits for the same already.
        """
        self._enter(key)
        try:
            yield
        except Busy:
            with self._lock:
                self._stuck[key] = 0
            raise
        except BaseException:
            self._free(key)
            raise
        else:
            self._free(key)

    def _enter(self, key: Key) -> None:
        if key not in self._stuck:
            return
        now = time.monotonic()
        with self._lock:
            if self._stuck.get(key, 0) > now:
                raise Busy
            self._stuck[key] = now + _FORGOTTEN_SECONDS

    def _free(self, key: Key) -> None:
        if key in self._stuck:
            with self._lock:
                self._stuck.pop(key, None)
