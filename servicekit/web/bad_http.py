"""Respond to invalid HTTP with a problem document. No application gets such requests."""

from http import HTTPStatus
from uuid import uuid4

import orjson

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body

ADDRESS_BYTES = 8190
"""Maximum bytes of a request's path and query.

A search in a script other than Latin is three times as long, because it is percent-encoded.
"""
HEADER_FIELDS = 100
HEADER_BYTES = 8190
"""Maximum bytes of each header field. ``HEADER_FIELDS`` is the maximum count of fields."""


def refusal(error: DomainError) -> bytes:
    """Return the whole response that reports ``error`` and ends the connection."""
    request_id = uuid4().hex
    body = orjson.dumps(problem_body(error, request_id))
    head = (
        f"HTTP/1.1 {error.http_status} {HTTPStatus(error.http_status).phrase}",
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Type: {PROBLEM_TYPE}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body
