"""Limit requests per minute: per user and rate class, and per network for all classes together.

A request without a user counts for its network instead of a user. A network is an IPv4 address, or
the /64 of an IPv6 address.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import Request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from services.gateway.domain.networks import bare_address, network_of
from services.gateway.http.problems import RateLimited
from services.gateway.http.shared_store import CircuitBreaker, open_store
from services.gateway.settings import GatewaySettings
from smsblaster.options.v1.access_pb2 import (
    RATE_CLASS_READ,
    RATE_CLASS_REFRESH,
    RATE_CLASS_SEND,
    RATE_CLASS_SIGN_IN,
    RATE_CLASS_WRITE,
    RateClass,
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests a caller has left after this one. `reset` is in seconds from now."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """Return the response headers that tell the caller how many requests are left."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class RateLimits:
    """Count requests. While Redis can't be reached, each process counts only its own requests."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._limits = {
            RATE_CLASS_READ: RateLimitItemPerMinute(settings.rate_read),
            RATE_CLASS_WRITE: RateLimitItemPerMinute(settings.rate_write),
            RATE_CLASS_SEND: RateLimitItemPerMinute(settings.rate_send),
            RATE_CLASS_SIGN_IN: RateLimitItemPerMinute(settings.rate_sign_in),
            RATE_CLASS_REFRESH: RateLimitItemPerMinute(settings.rate_refresh),
        }
        self._address_limit = RateLimitItemPerMinute(settings.rate_address)
        self._circuit = CircuitBreaker()
        local = MemoryStorage()
        self._local = MovingWindowRateLimiter(local)
        self._shared = self._local
        # Addresses are counted per fixed minute, since there are many and this takes less memory.
        self._local_addresses = FixedWindowRateLimiter(local)
        self._shared_addresses = self._local_addresses
        if settings.redis_url is not None:
            storage = open_store(settings.redis_url.get_secret_value())
            self._shared = MovingWindowRateLimiter(storage)
            self._shared_addresses = FixedWindowRateLimiter(storage)

    def spend_address(self, address: str) -> None:
        """Count a request of any kind from a client's network. Raises `RateLimited`."""
        self._counted(
            lambda: self._spend_address(self._shared_addresses, address),
            lambda: self._spend_address(self._local_addresses, address),
        )

    def _counted(self, shared: Callable[[], Result], local: Callable[[], Result]) -> Result:
        """Count in the shared store, or only in this process while the store can't be reached."""
        if not self._circuit.allows():
            return local()
        try:
            result = shared()
        except StorageError as error:
            self._circuit.failed(error)
            return local()
        except RateLimited:
            self._circuit.answered()
            raise
        self._circuit.answered()
        return result

    def _spend_address(self, limiter: FixedWindowRateLimiter, address: str) -> None:
        if not limiter.hit(self._address_limit, address):
            window = limiter.get_window_stats(self._address_limit, address)
            raise RateLimited(_seconds_until(window.reset_time))

    def spend(self, rate_class: RateClass.ValueType, caller: str) -> tuple[Budget, bool]:
        """Count a request of `caller`.

        Returns how many requests the caller has left, and whether this request was still allowed.
        """
        return self._counted(
            lambda: self._spend(self._shared, rate_class, caller),
            lambda: self._spend(self._local, rate_class, caller),
        )

    def _spend(
        self, limiter: MovingWindowRateLimiter, rate_class: RateClass.ValueType, caller: str
    ) -> tuple[Budget, bool]:
        item = self._limits[rate_class]
        key = (RateClass.Name(rate_class), caller)
        within = limiter.hit(item, *key)
        window = limiter.get_window_stats(item, *key)
        reset = _seconds_until(window.reset_time)
        return Budget(item.amount, max(0, window.remaining), reset), within


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))


def client_network(request: Request, trusted_proxies: int) -> str:
    """Return the caller's network, from the IP address that the outermost trusted proxy saw."""
    return network_of(client_address(request, trusted_proxies))


def client_address(request: Request, trusted_proxies: int) -> str:
    """Return the caller's IP address, as the outermost trusted proxy saw it."""
    headers = request.headers.getlist("X-Forwarded-For")
    forwarded = [address.strip() for header in headers for address in header.split(",")]
    if 0 < trusted_proxies <= len(forwarded):
        return bare_address(forwarded[-trusted_proxies])
    return bare_address(request.remote_addr or "")
