"""Sends requests again when that is safe, and turns bad responses into errors."""

import random
import time
import uuid
from http import HTTPStatus
from typing import Any

import httpx

from smsblaster.errors import ApiError, error_of

LONGEST_PAUSE = 60.0
"""A Retry-After that is longer than these seconds is not waited for."""

_FIRST_PAUSE = 0.5
_REPEATABLE = {"GET", "HEAD", "PUT", "POST"}
"""Methods that may be sent again after a lost response. A POST has its Idempotency-Key."""

_WITHOUT_KEY = ("/api/webhooks/endpoints", "/rotate-secret", "/api/webhooks/listeners")
"""Ends of the paths whose responses have secrets: the platform stores none for a key."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RepeatingClient(httpx.Client):
    """Sends each request until it has an answer that counts, a few times at most.

    It repeats a request after 429 and 503, after a lost connection, and while an earlier try of the
    same request is still under way. Every POST gets an Idempotency-Key, which all tries share, so
    that the platform does its work once.
    """

    def __init__(self, retries: int, **options: Any) -> None:
        super().__init__(**options)
        self._retries = retries

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Return a successful response.

        Raises:
            ApiError: All tries have failed, or another try would fail too.
        """
        if request.method == "POST" and "Idempotency-Key" not in request.headers:
            request.headers["Idempotency-Key"] = str(uuid.uuid4())
        for tried in range(self._retries):
            try:
                return self._try(request, **options)
            except ApiError as error:
                pause = _pause(error, _is_repeatable(request), tried)
                if pause is None:
                    raise
                time.sleep(pause)
        return self._try(request, **options)

    def _try(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            response = super().send(request, **options)
            if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                return response
            response.read()
        except httpx.TransportError as error:
            said = str(error) or type(error).__name__
            place = f"{request.url.scheme}://{request.url.netloc.decode()}"
            raise ApiError("no_connection", f"{place} could not be reached: {said}.") from error
        raise error_of(response)


def _is_repeatable(request: httpx.Request) -> bool:
    return request.method in _REPEATABLE and not (
        request.method == "POST" and request.url.path.endswith(_WITHOUT_KEY)
    )


def _pause(error: ApiError, repeatable: bool, tried: int) -> float | None:
    """Return the seconds until the next try, or None if another try makes no sense."""
    if error.code == "no_connection":
        if not repeatable and not isinstance(error.__cause__, _NOT_SENT):
            return None
    elif error.status not in (429, 503) and error.code != "request_in_progress":
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_PAUSE else None
    longest: float = _FIRST_PAUSE * 2**tried
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads clients
