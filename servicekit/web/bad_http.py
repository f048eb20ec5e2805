"""Refuse requests that never reach an application, with a problem document."""

from http import HTTPStatus
from uuid import uuid4

import orjson

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body

ADDRESS_BYTES = 8190
"""The longest address that is read. A search in a script other than Latin is three times as long.
"""
HEADER_FIELDS = 100
HEADER_BYTES = 8190
"""How many header fields are read, and how long each may be."""


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
