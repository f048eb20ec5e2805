"""Problem documents (RFC 9457), which our HTTP servers send for errors."""

from collections.abc import Mapping
from typing import Any

from servicekit.errors import DomainError, InvalidInput, TooManyRequests, Unavailable

PROBLEM_TYPE = "application/problem+json"
PROBLEM_PAGES = "/api/problems"
"""The URL below which the gateway has a page for each error code."""
RETRY_SECONDS = 5
"""Seconds for the Retry-After header of an error that may not happen again."""
# Python's own table differs between versions of Python.
STATUS_TITLES: Mapping[int, str] = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""The name of each HTTP status that the platform sends, as RFC 9110 and RFC 6585 have it."""


class WithHeaders(DomainError):
    """An error whose response has headers of its own."""

    headers: Mapping[str, str]


def problem_body(error: DomainError, request_id: str) -> dict[str, Any]:
    """Return the problem document for `error`."""
    document: dict[str, Any] = {
        **error.facts,
        "type": f"{PROBLEM_PAGES}/{error.code}",
        "title": STATUS_TITLES[error.http_status],
        "status": error.http_status,
        "detail": error.message,
        "code": error.code,
        "requestId": request_id,
    }
    if error.fields:
        document["detail"] = "Some of the input is invalid. See errors."
        document["errors"] = [{"field": f.field, "message": f.message} for f in error.fields]
    if isinstance(error, InvalidInput) and error.further:
        document["furtherErrors"] = error.further
    return document


def problem_headers(error: DomainError) -> dict[str, str]:
    """Return the headers that the response to `error` needs."""
    headers: dict[str, str] = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, TooManyRequests) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, WithHeaders):
        headers.update(error.headers)
    return headers
