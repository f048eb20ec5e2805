"""Problem documents (RFC 9457), which the HTTP edges send for errors."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from servicekit.errors import DomainError, InvalidInput, TooManyRequests, Unavailable

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""The Retry-After of an error that may be gone on the next try."""


class WithHeaders(DomainError):
    """An error whose response has headers of its own."""

    headers: Mapping[str, str]


def problem_body(error: DomainError, request_id: str) -> dict[str, Any]:
    """Return the problem document for `error`."""
    document: dict[str, Any] = {
        **error.facts,
        "type": "about:blank",
        "title": HTTPStatus(error.http_status).phrase,
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
