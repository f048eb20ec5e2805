"""Problem documents as Flask responses, and the errors that only the gateway can have."""

import orjson
from flask import Response

from servicekit.errors import Conflict, DomainError, TooManyRequests
from servicekit.problems import (
    PROBLEM_TYPE,
    RETRY_SECONDS,
    WithHeaders,
    problem_body,
    problem_headers,
)


class RateLimited(TooManyRequests):
    """The caller has made too many requests, and may try again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        message = f"Too many requests. Try again in {retry_after} seconds."
        super().__init__(message, retry_after=retry_after)


class RequestInProgress(Conflict, WithHeaders):
    """Another request with the same idempotency key is still being served."""

    default_code = "request_in_progress"

    def __init__(self) -> None:
        super().__init__(
            "A request with this Idempotency-Key is still in progress. Try again when it is done."
        )
        self.headers = {"Retry-After": str(RETRY_SECONDS)}


def problem_response(error: DomainError, request_id: str) -> Response:
    """Return the HTTP response that reports `error`."""
    response = Response(
        orjson.dumps(problem_body(error, request_id)),
        status=error.http_status,
        content_type=PROBLEM_TYPE,
    )
    response.headers.update(problem_headers(error))
    return response
