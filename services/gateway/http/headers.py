"""Set the headers of every response: CORS for known origins, and browser security."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask, Request, Response, request

from services.gateway.http.authentication import API_KEY_HEADER

_ALLOWED_METHODS = "GET, POST, PATCH, PUT, DELETE, OPTIONS"
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-Match, SMSBlaster-Version, X-Api-Key,"
    " X-Request-Id"
)
_EXPOSED_HEADERS = (
    "Content-Disposition, Deprecation, ETag, Idempotency-Replayed, Link, Location,"
    " RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, SMSBlaster-Version,"
    " Sunset, WWW-Authenticate, X-Request-Id"
)
_CHALLENGE = 'Bearer realm="SMSBlaster API"'
_PREFLIGHT_SECONDS = "600"
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HSTS = "max-age=31536000; includeSubDomains"


def add_headers(app: Flask, origins: frozenset[str], *, is_https: bool) -> None:
    """Answer the preflight requests of browsers, and set the headers of `app`'s responses."""

    @app.before_request
    def answer_preflight() -> Response | None:
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        return Response(status=204, headers=_preflight(request, origins))

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in _security_headers(is_https=is_https).items():
            response.headers.setdefault(name, value)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers.setdefault("WWW-Authenticate", _challenge(request))
        response.headers.add("Vary", "Origin")
        if request.headers.get("Origin") in origins:
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
        return response


def _challenge(asked: Request) -> str:
    """Return the ``WWW-Authenticate`` header (RFC 6750), with an error if credentials were sent."""
    sent = "Authorization" in asked.headers or API_KEY_HEADER in asked.headers
    return f'{_CHALLENGE}, error="invalid_token"' if sent else _CHALLENGE


def _preflight(asked: Request, origins: frozenset[str]) -> Mapping[str, str]:
    if asked.headers.get("Origin") not in origins:
        return {}
    return {
        "Access-Control-Allow-Methods": _ALLOWED_METHODS,
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }


def _security_headers(*, is_https: bool) -> Mapping[str, str]:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": _API_POLICY,
        "Referrer-Policy": "no-referrer",
    }
    return {**headers, "Strict-Transport-Security": _HSTS} if is_https else headers
