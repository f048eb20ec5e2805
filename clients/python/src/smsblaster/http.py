"""Sends requests again when that is safe, and turns bad responses into errors."""

import random
import re
import time
import uuid
from http import HTTPStatus
from typing import Any

import httpx

from smsblaster.errors import ApiError, error_of, may_be_done
from smsblaster.generated.facts import KEYED_PATHS

KEY = "Idempotency-Key"
LONGEST_PAUSE = 60.0
"""A Retry-After that is longer than these seconds is not waited for."""

_FIRST_PAUSE = 0.5
_HARMLESS = {"GET", "HEAD", "PUT"}
"""Methods that may be done twice."""

_TAKES_KEY = re.compile(KEYED_PATHS)
_FETCH = re.compile("/api/webhooks/listeners/[^/]+/fetch$")
"""A POST without a key that may be done twice: it names what was received before."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NEVER_SENT = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""Faults of the request itself, which each further try would meet again."""


class RepeatingClient(httpx.Client):
    """Sends a request again, a few times at most, until it succeeds or gets a final error.

    A request that was certainly not done is always repeated: after 429, and if no connection was
    made. After a lost connection, 500, 502, 503 or 504, a request may have been done. Then only
    requests that may be done twice are repeated, and POSTs with an Idempotency-Key. All tries have
    the same key, so that the platform does the work once. POSTs to routes that ignore the key are
    not repeated.
    """

    def __init__(self, retries: int, **options: Any) -> None:
        super().__init__(**options)
        self._retries = retries

    def build_request(self, *arguments: Any, **options: Any) -> httpx.Request:
        """Build a request.

        Raises:
            ApiError: The address or a header can't be sent (``invalid_request``).
        """
        try:
            return super().build_request(*arguments, **options)
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise ApiError("invalid_request", f"The request can't be sent: {error}.") from error

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request, again if needed, and return the successful response.

        Raises:
            ApiError: All tries have failed, or another try would fail too.
        """
        keyed = request.method == "POST" and _TAKES_KEY.search(request.url.path) is not None
        if keyed:
            request.headers.setdefault(KEY, str(uuid.uuid4()))
        try:
            return self._until_answered(request, keyed or _is_harmless(request), options)
        except ApiError as error:
            error.idempotency_key = request.headers[KEY] if keyed else None
            raise

    def _until_answered(
        self, request: httpx.Request, repeatable: bool, options: dict[str, Any]
    ) -> httpx.Response:
        for tried in range(self._retries):
            try:
                return self._try(request, **options)
            except ApiError as error:
                pause = _pause(error, repeatable, tried)
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
        except httpx.RequestError as error:
            raise no_connection(request.url, error) from error
        raise error_of(response)


def no_connection(url: httpx.URL, error: httpx.RequestError) -> ApiError:
    """Return the error for a response that has not arrived, or not completely."""
    said = str(error) or type(error).__name__
    place = f"{url.scheme}://{url.netloc.decode()}"
    return ApiError("no_connection", f"{place} could not be reached: {said}.")


def _is_harmless(request: httpx.Request) -> bool:
    return request.method in _HARMLESS or (
        request.method == "POST" and _FETCH.search(request.url.path) is not None
    )


def _pause(error: ApiError, repeatable: bool, tried: int) -> float | None:
    """Return the seconds until the next try, or None if the request must not be repeated."""
    if not _is_worth_another(error, repeatable):
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_PAUSE else None
    longest: float = _FIRST_PAUSE * 2**tried
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads clients


def _is_worth_another(error: ApiError, repeatable: bool) -> bool:
    if error.code == "no_connection":
        cause = error.__cause__
        return isinstance(cause, _NOT_SENT) or (repeatable and not isinstance(cause, _NEVER_SENT))
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or error.code == "request_in_progress":
        return True
    return repeatable and may_be_done(error)
