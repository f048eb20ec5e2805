"""Build the OpenAPI 3.1 document from the contract's descriptors and comments."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson

from services.gateway.domain.problem_codes import problem_codes
from services.gateway.http import api_versions, session_cookies
from services.gateway.http.authentication import API_KEY_HEADER
from services.gateway.http.contract import public_methods
from services.gateway.http.idempotency import HEADER, REPLAYED
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.headers import header_components
from services.gateway.http.openapi.operation_groups import place_of, tag_groups, tag_of
from services.gateway.http.openapi.operations import operation
from services.gateway.http.openapi.problem_responses import problem_components, problem_examples
from services.gateway.http.openapi.schemas import SchemaBook
from services.gateway.http.openapi.webhooks import webhooks
from services.gateway.http.versions import IF_MATCH

_INFO = {
    "title": "SMSBlaster API",
    "version": api_versions.NEWEST,
    "contact": {"name": "The operator of this installation"},
    "description": (
        "Multi-tenant SMS: prepaid balance, contacts, campaigns, events, inbox and history.\n\n"
        "Sign in, then send `Authorization: Bearer <access token>`. Programs can send an API key"
        " there or in `X-Api-Key`. Bodies are JSON in UTF-8."
        " Times are RFC 3339 in UTC with milliseconds. Filters by time also take a date, which is"
        " the whole day in the organisation's time zone. Money is in cents. Absent values are null,"
        " and null in a request means absent. Only in a PATCH, null empties a field that can be"
        " empty, and is refused for any other field. Unknown fields and parameters are refused."
        " An object with a `version` has it in the header `ETag` too. Send it in `If-Match` to"
        " change the object only if nobody else has changed it."
        f" Every response names the version of the API in `{api_versions.HEADER}`. Send the version"
        " that your program is written for in the same header; older versions work for at least a"
        " year. What is deprecated is marked, and responses say so in `Deprecation` and `Sunset`."
        " Every error is `application/problem+json` with a stable `code`. Every response has an"
        " `X-Request-Id`, which you can choose, and the state of your rate limit in"
        " `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds)."
    ),
}
_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "A key that you choose for this request. If you repeat the request with the same key and"
        f" body within a day, you get the same response, with `{REPLAYED}: true`. The same key with"
        " a different body gets 409."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
_IF_MATCH = {
    "name": IF_MATCH,
    "in": "header",
    "required": False,
    "description": (
        "The version that you have read, in quotes. If somebody has changed the object since,"
        " nothing is changed and you get 412 with the current `version` and the `changedFields`."
    ),
    "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]{1,18}")$'},
    "example": '"3"',
}
_ETAG = {
    "description": "The object's version in quotes.",
    "schema": {"type": "string"},
}
_SESSION = {
    "name": session_cookies.HEADER,
    "in": "header",
    "required": False,
    "description": (
        "For browsers: keep the refresh token in a cookie that scripts can't read, not in the JSON."
    ),
    "schema": {"type": "string", "enum": [session_cookies.COOKIE]},
}
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a signed-in user, or an API key.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": API_KEY_HEADER,
        "description": (
            "An API key of the organisation. It acts for the user who created it, and can do what"
            " its scopes allow: read, write, send and admin."
        ),
    },
}
_PROBLEM = {
    "type": "object",
    "description": "An error, as defined by RFC 9457.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": "The address of a page that explains the code.",
        },
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened, in words."},
        "code": {
            "type": "string",
            "description": (
                "What happened, as a stable code. Later versions may have more codes. Treat an"
                " unknown code like its status."
            ),
            "x-extensible-enum": list(problem_codes()),
            "examples": ["invalid_request"],
        },
        "requestId": {"type": "string", "description": "The request's id, for support."},
        "errors": {
            "type": "array",
            "description": "For invalid input: the invalid fields, at most 100.",
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "The path of the field, e.g. numbers[3].",
                    },
                    "message": {"type": "string", "description": "What is wrong with the field."},
                },
            },
        },
        "furtherErrors": {
            "type": "integer",
            "minimum": 1,
            "description": "How many more invalid fields there are.",
        },
        "version": {
            "type": "integer",
            "description": "For status 412: the version that the thing is in now.",
        },
        "changedFields": {
            "type": "array",
            "description": "For status 412: the fields that changed since the expected version.",
            "items": {"type": "string"},
        },
        "contactId": {
            "type": "string",
            "format": "uuid",
            "description": "For code phone_taken: the contact that has the phone number.",
        },
    },
}


@cache
def document(*, closed_enums: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document without the server's URL.

    With `closed_enums`, responses have only the values of enums that this version knows.
    """
    book = SchemaBook(closed_enums=closed_enums)
    paths: dict[str, dict[str, Any]] = {}
    tags: dict[str, str] = {}
    for method in sorted(public_methods(), key=place_of):
        paths.setdefault(method.path, {})[method.verb.lower()] = operation(method, book)
        tags[tag_of(method)] = comment_of(method.descriptor.containing_service.full_name)
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": _INFO,
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "x-tagGroups": tag_groups(),
        "paths": paths,
        "webhooks": webhooks(book),
        "components": {
            "schemas": {"Problem": _PROBLEM, **dict(sorted(book.schemas.items()))},
            "headers": {**header_components(), "ETag": _ETAG},
            "examples": problem_examples(),
            "responses": problem_components(),
            "parameters": {
                "IdempotencyKey": _IDEMPOTENCY_KEY,
                "IfMatch": _IF_MATCH,
                "Session": _SESSION,
            },
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }
    for kind in ("responses", "examples"):
        _keep_used(found, kind)
    return found


def _keep_used(found: dict[str, Any], kind: str) -> None:
    """Remove the components of a kind, such as schemas, that nothing refers to."""
    used = set(_references(found, f"#/components/{kind}/"))
    parts = found["components"][kind]
    found["components"][kind] = {name: parts[name] for name in parts if name in used}


def _references(part: Any, start: str) -> Iterator[str]:
    """Yield the rest of each reference in `part` that begins with `start`."""
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith(start):
            yield reference.removeprefix(start)
        for value in part.values():
            yield from _references(value, start)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value, start)


@cache
def document_bytes(server_url: str, *, closed_enums: bool = False) -> bytes:
    """Return the document as JSON.

    An empty `server_url` means the server that sends the document.
    """
    servers = [{"url": server_url or "/"}]
    found = document(closed_enums=closed_enums)
    return orjson.dumps({**found, "servers": servers})
