"""The OpenAPI 3.1 document, made of the contract's descriptors and comments."""

from functools import cache
from typing import Any

import orjson

from services.gateway.http.authentication import API_KEY_HEADER
from services.gateway.http.contract import public_methods
from services.gateway.http.idempotency import HEADER, REPLAYED
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.operations import operation, problem_responses, tag_of
from services.gateway.http.openapi.schemas import SchemaBook

_INFO = {
    "title": "SMSBlaster API",
    "version": "1",
    "description": (
        "Multi-tenant SMS: prepaid balance, contacts, campaigns, events, inbox and history.\n\n"
        "Sign in, then send `Authorization: Bearer <access token>`; programs send an API key there"
        " or as `X-Api-Key`. Bodies are JSON in UTF-8;"
        " times are RFC 3339 in UTC with milliseconds; money is in cents; absent values are null,"
        " and null in a request is the same as absence. An unknown field or parameter is refused."
        " Every problem is `application/problem+json` with a stable `code`. Every answer bears"
        " `X-Request-Id`, which you may choose, and the state of your request budget in"
        " `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds)."
    ),
}
_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "A key of your own for this request. For a day the same key with the same body gets the"
        f" same answer again, marked `{REPLAYED}: true`; with another body it gets 409."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string", "description": "Always about:blank; the code tells."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened, for people."},
        "code": {
            "type": "string",
            "description": "What happened, for programs; stable.",
            "examples": ["invalid_request"],
        },
        "requestId": {"type": "string", "description": "The request's id, for support."},
        "errors": {
            "type": "array",
            "description": "For bad input: the fields at fault, 100 at the most.",
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "Its path, e.g. numbers[3] or variables.firstName.",
                    },
                    "message": {"type": "string", "description": "What is wrong with it."},
                },
            },
        },
        "furtherErrors": {
            "type": "integer",
            "minimum": 1,
            "description": "How many more faults there are than errors tells of.",
        },
    },
}


@cache
def document() -> dict[str, Any]:
    """The document, but for the server's address."""
    book = SchemaBook()
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    # Whoever reads from the top signs in first.
    for method in sorted(public_methods(), key=lambda method: method.domain != "identity"):
        paths.setdefault(method.path, {})[method.verb.lower()] = operation(method, book)
        tags[tag_of(method)] = comment_of(method.descriptor.containing_service.full_name)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM, **dict(sorted(book.schemas.items()))},
            "responses": problem_responses(),
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "apiKey": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER},
            },
        },
    }


@cache
def document_bytes(server_url: str) -> bytes:
    """The document as JSON, for a server at ``server_url`` (where it is served, if empty)."""
    servers = [{"url": server_url or "/"}]
    return orjson.dumps({**document(), "servers": servers}, option=orjson.OPT_INDENT_2)
