"""Redis as the shared counter of requests, with short timeouts and a circuit breaker."""

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import structlog
from limits.storage import Storage, storage_from_string
from prometheus_client import Counter, Gauge

log = structlog.get_logger()

STORE_AWAY = Gauge(
    "smsblaster_rate_limit_store_away", "1 while each process counts requests for itself"
)
STORE_FAILURES = Counter(
    "smsblaster_rate_limit_store_failures_total", "Failures of the shared store of request budgets"
)

_ANSWER_SECONDS = 0.25
_PAUSE_SECONDS = 5.0


def open_store(address: str) -> Storage:
    """Open the store at a ``redis://`` URL. The store raises `StorageError` if it is slow."""
    # Imported here: `make run` has no Redis and does not install its client.
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    options: dict[str, Any] = {
        "wrap_exceptions": True,
        "socket_connect_timeout": _ANSWER_SECONDS,
        "socket_timeout": _ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return cast(Storage, storage_from_string(address, **options))


class CircuitBreaker:
    """Keeps requests away from a store that fails; every 5 seconds one request tries it again.

    Thread-safe. `clock` returns the seconds since some fixed moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until: float | None = None

    def allows(self) -> bool:
        """Return whether this request may use the store.

        A request that has used the store then calls `failed` or `answered`.
        """
        if self._closed_until is None:
            return True
        with self._lock:
            now = self._clock()
            if self._closed_until is None or self._closed_until > now:
                return self._closed_until is None
            self._closed_until = now + _PAUSE_SECONDS
            return True

    def failed(self, error: Exception) -> None:
        """Record that the store did not respond."""
        with self._lock:
            self._closed_until = self._clock() + _PAUSE_SECONDS
        STORE_FAILURES.inc()
        STORE_AWAY.set(1)
        log.warning("rate_limit_store_away", error=repr(error))

    def answered(self) -> None:
        """Record that the store has responded."""
        if self._closed_until is None:
            return
        with self._lock:
            self._closed_until = None
        STORE_AWAY.set(0)
        log.info("rate_limit_store_back")
