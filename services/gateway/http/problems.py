"""Problems as answers, and the errors that only this edge can have."""

from collections.abc import Mapping

import grpc
import orjson
from flask import Response

from servicekit.errors import Conflict, DomainError, TooManyRequests, Unavailable
from servicekit.problems import PROBLEM_TYPE, RETRY_SECONDS, problem_body


class MalformedRequest(DomainError):
    """What came is not HTTP or JSON that can be read."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_request"


class RouteNotFound(DomainError):
    """No route of the contract has this path."""

    http_status = 404
    grpc_status = grpc.StatusCode.UNIMPLEMENTED
    default_code = "route_not_found"


class WithHeaders(DomainError):
    """An error whose answer carries headers of its own."""

    headers: Mapping[str, str]


class MethodNotAllowed(WithHeaders):
    """The path is there, but not for this verb."""

    http_status = 405
    grpc_status = grpc.StatusCode.UNIMPLEMENTED
    default_code = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This path takes {allowed}.")
        self.headers = {"Allow": allowed}


class UnsupportedMediaType(DomainError):
    """The body's content type is not the one that the route takes."""

    http_status = 415
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "unsupported_media_type"


class RateLimited(TooManyRequests):
    """The caller's budget is used up until ``retry_after`` seconds have passed."""

    def __init__(self, retry_after: int) -> None:
        message = f"Too many requests. Try again in {retry_after} seconds."
        super().__init__(message, retry_after=retry_after)


class RequestInProgress(Conflict, WithHeaders):
    """Another request with the same idempotency key is still being served."""

    default_code = "request_in_progress"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being served.")
        self.headers = {"Retry-After": str(RETRY_SECONDS)}


def problem_response(error: DomainError, request_id: str) -> Response:
    """The answer that tells of ``error``."""
    response = Response(
        orjson.dumps(problem_body(error, request_id)),
        status=error.http_status,
        content_type=PROBLEM_TYPE,
    )
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, WithHeaders):
        response.headers.update(error.headers)
    return response
