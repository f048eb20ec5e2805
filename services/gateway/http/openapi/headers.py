"""Describe the headers of responses in the API document."""

from typing import Any

from services.gateway.http import api_versions
from services.gateway.http.contract import Method
from services.gateway.http.deprecations import UsedDeprecations
from services.gateway.http.idempotency import REPLAYED
from services.gateway.http.locations import location_template
from services.gateway.http.versions import has_version

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_ALWAYS = (
    "X-Request-Id",
    api_versions.HEADER,
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)
_OF_PROBLEMS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_HEADERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "X-Request-Id": (
        "The request's id, for support. It is the one that you sent, if you sent one.",
        _TEXT,
        "0192f0c1-8d2e-7c3a-9b1f-2a4c6e8f0a1b",
    ),
    api_versions.HEADER: ("The version of the API, a date.", _TEXT, api_versions.NEWEST),
    "Deprecation": (
        "Since when something that the request uses is deprecated: `@` and seconds since 1970.",
        _TEXT,
        "@1796083200",
    ),
    "Sunset": (
        "From when on something that the request uses may stop working (RFC 8594).",
        _TEXT,
        "Wed, 01 Dec 2027 00:00:00 GMT",
    ),
    "RateLimit-Limit": ("How many requests of this class you can send a minute.", _COUNT, 600),
    "RateLimit-Remaining": ("How many more requests of this class you can send now.", _COUNT, 598),
    "RateLimit-Reset": ("Seconds until one more request is possible.", _COUNT, 42),
    "Retry-After": ("Seconds to wait before you try again.", _COUNT, 5),
    "WWW-Authenticate": (
        "How to authenticate: `Bearer`, with an access token or an API key.",
        _TEXT,
        'Bearer realm="SMSBlaster API"',
    ),
    "Location": (
        "The path that returns what was created, or what was begun.",
        {"type": "string", "format": "uri-reference"},
        "/api/campaigns/0192f0c1-8d2e-7c3a-9b1f-2a4c6e8f0a1b",
    ),
    REPLAYED: (
        "true if this is the stored response to an earlier request with the same key.",
        {"type": "string", "enum": ["true"]},
        "true",
    ),
    "Content-Disposition": (
        "The name to store the file under.",
        _TEXT,
        'attachment; filename="contacts-export.csv"',
    ),
}


def header_components() -> dict[str, Any]:
    """Return the headers to which responses refer, by their names."""
    return {
        name: {"description": text, "schema": schema, "example": example}
        for name, (text, schema, example) in _HEADERS.items()
    }


def success_headers(method: Method, *, is_keyed: bool) -> dict[str, Any]:
    """Return the headers of a successful response.

    `is_keyed`: the request can have an idempotency key.
    """
    names = list(_ALWAYS)
    if is_keyed:
        names.append(REPLAYED)
    if location_template(method) is not None:
        names.append("Location")
    if has_version(method.descriptor.output_type):
        names.append("ETag")
    if method.downloads:
        names.append("Content-Disposition")
    if UsedDeprecations(method).exist:
        names += ["Deprecation", "Sunset"]
    return _references(names)


def problem_headers(status: int) -> dict[str, Any]:
    """Return the headers of a problem with the HTTP status `status`."""
    return _references([*_ALWAYS, *_OF_PROBLEMS.get(status, ())])


def _references(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
