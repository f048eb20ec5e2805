"""How many calls to one endpoint may run at once, so that a slow endpoint delays no other.

A new endpoint gets two calls at once. Each success allows one more, up to 64, and a failure halves
the number. So an endpoint that answers quickly is soon called as often as it can answer, and an
endpoint that hangs never holds more than a few of the process's calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

_FIRST = 2
_MOST = 64
_FORGOTTEN_AFTER_SECONDS = 600.0


@dataclass(slots=True)
class _Pace:
    window: int = _FIRST
    under_way: int = 0
    per_second: int | None = None
    tokens: float = 0.0
    filled_at: float = 0.0
    used_at: float = 0.0


class Paces:
    """Counts the running calls to each endpoint, and limits how many more may begin.

    Times are in seconds.
    """

    def __init__(self) -> None:
        self._paces: dict[UUID, _Pace] = {}

    @property
    def first(self) -> int:
        """How many calls may begin for an endpoint that was not called lately."""
        return _FIRST

    def free(self, now: float) -> Mapping[UUID, int]:
        """Return how many calls may begin for each endpoint that was called lately."""
        self._forget(now)
        return {endpoint_id: _free(pace, now) for endpoint_id, pace in self._paces.items()}

    def begin(self, endpoint_id: UUID, per_second: int | None, now: float) -> None:
        """Count a call that begins now, with the endpoint's present limit.

        `per_second` is the most calls per second that the customer allows. None: no limit.
        """
        pace = self._paces.setdefault(endpoint_id, _Pace())
        if per_second != pace.per_second:
            pace.per_second = per_second
            pace.tokens = float(per_second or 0)
            pace.filled_at = now
        if per_second is not None:
            pace.tokens -= 1
        pace.under_way += 1
        pace.used_at = now

    def end(self, endpoint_id: UUID, *, succeeded: bool | None, now: float) -> None:
        """Count a call that has ended. `succeeded` is None if the endpoint was not called."""
        pace = self._paces[endpoint_id]
        pace.under_way -= 1
        pace.used_at = now
        if succeeded is not None:
            pace.window = min(pace.window + 1, _MOST) if succeeded else max(pace.window // 2, 1)

    def _forget(self, now: float) -> None:
        old = now - _FORGOTTEN_AFTER_SECONDS
        paces = self._paces.items()
        for endpoint_id in [i for i, pace in paces if not pace.under_way and pace.used_at < old]:
            del self._paces[endpoint_id]


def _free(pace: _Pace, now: float) -> int:
    free = max(0, pace.window - pace.under_way)
    if pace.per_second is None:
        return free
    pace.tokens = min(
        pace.tokens + (now - pace.filled_at) * pace.per_second, float(pace.per_second)
    )
    pace.filled_at = now
    return max(0, min(free, int(pace.tokens)))
