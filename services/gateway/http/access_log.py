"""Log and measure each request, without query strings and bodies."""

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Histogram

from servicekit.telemetry.context import request_id, serving_request
from servicekit.telemetry.tracing import Kind, Span, span

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

_SPAN = "smsblaster.span"

REQUEST_SECONDS = Histogram(
    "smsblaster_http_request_seconds",
    "Seconds until a request was answered",
    ["route", "status"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class RequestIds:
    """Give each request an id and a trace.

    The id is the caller's if it is well formed, otherwise a new one. The trace is always a new one.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        with (
            serving_request(environ.get("HTTP_X_REQUEST_ID")),
            span(environ["REQUEST_METHOD"], Kind.SERVER) as environ[_SPAN],
        ):
            return self._app(environ, start_response)


def add_access_log(app: Flask) -> None:
    """Log and measure the requests of `app`. Add request id and rate limit to each response."""

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def log_request(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        route = request.url_rule.rule if request.url_rule else "none"
        REQUEST_SECONDS.labels(f"{request.method} {route}", str(response.status_code)).observe(
            seconds
        )
        _describe(request.environ[_SPAN], route, response.status_code)
        org_id, user_id = _caller()
        log.info(
            "request_served",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            org_id=org_id,
            user_id=user_id,
            **({"address": g.address} if "address" in g else {}),
        )
        response.headers["X-Request-Id"] = request_id()
        if "budget" in g:
            response.headers.update(g.budget.headers())
        return response


def _describe(served: Span, route: str, status: int) -> None:
    """Name the span of the request by its route, because its path has ids."""
    served.rename(f"{request.method} {route}")
    served.note(
        {
            "http.request.method": request.method,
            "http.route": route,
            "http.response.status_code": status,
            "smsblaster.request_id": request_id(),
        }
    )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        served.fail(str(status))


def _caller() -> tuple[str | None, str | None]:
    """Return the ids of the caller's organisation and user, also if the user has just signed in."""
    if "signed_in" in g:
        return g.signed_in.org_id, g.signed_in.id
    identity = g.get("identity")
    return (str(identity.org_id), str(identity.user_id)) if identity else (None, None)
