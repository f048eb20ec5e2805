"""Recognise uploads and downloads, and limit how many a user runs at once."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache
from uuid import UUID

from servicekit.errors import TooManyRequests
from servicekit.problems import RETRY_SECONDS, WithHeaders
from services.gateway.http.contract import public_methods


class TooManyTransfers(TooManyRequests, WithHeaders):
    """The user already has as many uploads and downloads running as are allowed."""

    default_code = "too_many_transfers"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You already have {most} uploads or downloads running. Wait until one has finished."
        )
        self.headers = {"Retry-After": str(RETRY_SECONDS)}


class Transfers:
    """Counts and limits each user's running uploads and downloads to `most`. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._running: Counter[UUID | str] = Counter()

    def begin(self, caller: UUID | str) -> Callable[[], None]:
        """Count one more running upload or download of a user or network.

        Returns:
            A function that takes it out of the count. It may be called several times.

        Raises:
            TooManyTransfers: The user or network has too many already.
        """
        with self._lock:
            if self._running[caller] >= self._most:
                raise TooManyTransfers(self._most)
            self._running[caller] += 1
        ended = [False]

        def end() -> None:
            with self._lock:
                if not ended[0]:
                    ended[0] = True
                    self._running[caller] -= 1
                    self._running += Counter()  # drop users who have no transfers

        return end


def is_transfer(method: str, path: str) -> bool:
    """Return whether a request with this method and path uploads or downloads a file."""
    verb = "GET" if method == "HEAD" else method
    return _routes().fullmatch(f"{verb} {path}") is not None


@cache
def _routes() -> re.Pattern[str]:
    """Return a pattern that matches the routes of all methods that stream a file."""
    routes = (
        re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(f"{method.verb} {method.path}"))
        for method in public_methods()
        if method.uploads or method.downloads
    )
    return re.compile("|".join(routes))
