"""Keep requests with their responses, to compare them with the providers' published schemas."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response.

    Attributes:
        query: The parameters after the question mark, as JSON without secrets.
        form: The parameters of a form body, as JSON without secrets.
        status: HTTP status, or 0 if a fault suppressed the answer.
        answer: The body of the answer, empty if there was no answer.
    """

    method: str
    host: str
    path: str
    query: bytes
    form: bytes
    status: int
    answer: bytes

    def shown(self) -> dict[str, Any]:
        """Return the exchange for the `/sim` API. An answer that is not JSON is shown as None."""
        return {
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "query": orjson.loads(self.query),
            "form": orjson.loads(self.form),
            "status": self.status,
            "answer": _json_or_none(self.answer),
        }


class Exchanges:
    """The latest exchanges of each route, in memory. A reset of the simulator keeps them.

    Args:
        keep: How many exchanges to keep for each route. 0 keeps none.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._latest: dict[str, deque[Exchange]] = {}

    def keep(self, count: int) -> None:
        """Keep the latest `count` exchanges of each route from now on, and drop older ones."""
        if count == self._keep:
            return
        self._keep = count
        kept = self._latest if count else {}
        self._latest = {route: deque(found, maxlen=count) for route, found in kept.items()}

    @property
    def wanted(self) -> bool:
        """Whether any exchanges are kept."""
        return self._keep > 0

    def add(self, route: str, exchange: Exchange) -> None:
        """Store an exchange under the name of its route, and drop older ones."""
        self._latest.setdefault(route, deque(maxlen=self._keep)).append(exchange)

    def of(self, host: str | None) -> list[dict[str, Any]]:
        """Return the kept exchanges of `host` (None is all hosts) by route, oldest first."""
        return [
            exchange.shown()
            for latest in self._latest.values()
            for exchange in latest
            if host in (None, exchange.host)
        ]


def _json_or_none(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
