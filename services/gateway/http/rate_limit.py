"""Request budgets: per user (per address before there is one) and rate class, by the minute."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from flask import Request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from servicekit.identity import Identity
from services.gateway.settings import GatewaySettings
from smsblaster.options.v1.access_pb2 import (
    RATE_CLASS_READ,
    RATE_CLASS_SEND,
    RATE_CLASS_SIGN_IN,
    RATE_CLASS_WRITE,
    RateClass,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of a budget after this request. ``reset`` is in seconds from now."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """The budget as an answer tells it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class RateLimits:
    """Counts requests. While Redis is away each process counts for itself."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._limits = {
            RATE_CLASS_READ: RateLimitItemPerMinute(settings.rate_read),
            RATE_CLASS_WRITE: RateLimitItemPerMinute(settings.rate_write),
            RATE_CLASS_SEND: RateLimitItemPerMinute(settings.rate_send),
            RATE_CLASS_SIGN_IN: RateLimitItemPerMinute(settings.rate_sign_in),
        }
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared = self._local
        if settings.redis_url is not None:
            address = settings.redis_url.get_secret_value()
            storage = storage_from_string(address, wrap_exceptions=True)
            self._shared = MovingWindowRateLimiter(storage)

    def spend(self, rate_class: RateClass.ValueType, caller: str) -> tuple[Budget, bool]:
        """Count a request of ``caller``; what is left, and whether it was within the budget."""
        try:
            return self._spend(self._shared, rate_class, caller)
        except StorageError as error:
            log.warning("rate_limit_store_away", error=repr(error))
            return self._spend(self._local, rate_class, caller)

    def _spend(
        self, limiter: MovingWindowRateLimiter, rate_class: RateClass.ValueType, caller: str
    ) -> tuple[Budget, bool]:
        item = self._limits[rate_class]
        key = (RateClass.Name(rate_class), caller)
        within = limiter.hit(item, *key)
        window = limiter.get_window_stats(item, *key)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        return Budget(item.amount, max(0, window.remaining), reset), within


def caller_of(request: Request, identity: Identity | None, trusted_proxies: int) -> str:
    """Whose budget a request draws on."""
    if identity is not None and identity.user_id is not None:
        return str(identity.user_id)
    return client_address(request, trusted_proxies)


def client_address(request: Request, trusted_proxies: int) -> str:
    """The caller's address: the socket's, or what the outermost trusted proxy saw."""
    headers = request.headers.getlist("X-Forwarded-For")
    forwarded = [address.strip() for header in headers for address in header.split(",")]
    if 0 < trusted_proxies <= len(forwarded):
        return forwarded[-trusted_proxies]
    return request.remote_addr or ""
