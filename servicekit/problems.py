"""Problem documents (RFC 9457): how the HTTP edges tell of an error."""

from http import HTTPStatus
from typing import Any

from servicekit.errors import DomainError, InvalidInput

PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""The Retry-After of an answer to which trying again can help."""


def problem_body(error: DomainError, request_id: str) -> dict[str, Any]:
    """The problem document that tells of ``error``."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.http_status).phrase,
        "status": error.http_status,
        "detail": error.message,
        "code": error.code,
        "requestId": request_id,
    }
    if error.fields:
        document["detail"] = "Some of the input can't be used; see errors."
        document["errors"] = [{"field": f.field, "message": f.message} for f in error.fields]
    if isinstance(error, InvalidInput) and error.further:
        document["furtherErrors"] = error.further
    return document
