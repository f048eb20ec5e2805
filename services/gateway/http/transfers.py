"""Uploads and downloads: which requests they are, and how many each user has at once."""

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
    """The user has as many uploads and downloads under way as one may have."""

    default_code = "too_many_transfers"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have {most} uploads and downloads under way. Wait until one has ended."
        )
        self.headers = {"Retry-After": str(RETRY_SECONDS)}


class Transfers:
    """Counts the uploads and downloads of each user, ``most`` at once. For many threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._under_way: Counter[UUID | str] = Counter()

    def begin(self, caller: UUID | str) -> Callable[[], None]:
        """Count one more of a user or network; return what ends it, which may be called again.

        Raises:
            TooManyTransfers: the user has too many already.
        """
        with self._lock:
            if self._under_way[caller] >= self._most:
                raise TooManyTransfers(self._most)
            self._under_way[caller] += 1
        ended = [False]

        def end() -> None:
            with self._lock:
                if not ended[0]:
                    ended[0] = True
                    self._under_way[caller] -= 1
                    self._under_way += Counter()  # forgets users without any

        return end


def is_transfer(method: str, path: str) -> bool:
    """Whether a request uploads or downloads a file, by its method and path."""
    verb = "GET" if method == "HEAD" else method
    return _routes().fullmatch(f"{verb} {path}") is not None


@cache
def _routes() -> re.Pattern[str]:
    """The routes of every method that streams a file."""
    routes = (
        re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(f"{method.verb} {method.path}"))
        for method in public_methods()
        if method.uploads or method.downloads
    )
    return re.compile("|".join(routes))
