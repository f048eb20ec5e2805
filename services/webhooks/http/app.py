"""The Flask application: health, and a problem document for whatever is no webhook."""

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.exceptions import NotFound as NoRoute

from servicekit.errors import DomainError, NotFound
from servicekit.telemetry.context import serving_request
from services.webhooks.http.answers import problem
from services.webhooks.http.errors import MalformedWebhook, MethodNotAllowed

log = structlog.get_logger()


def create_app() -> Flask:
    """The application."""
    app = Flask("services.webhooks", static_folder=None)
    app.add_url_rule("/healthz", view_func=_healthz)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    return app


def _healthz() -> Response:
    """This worker is alive. Whether it can take webhooks is told by ``OPS_LISTEN``'s readyz."""
    return Response('{"status": "ok"}', content_type="application/json")


def _http_error(error: HTTPException) -> Response:
    return _problem(_of_http(error))


def _unexpected(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    return _problem(DomainError("Something went wrong on our side."))


def _of_http(error: HTTPException) -> DomainError:
    """The error that one of the framework's own stands for."""
    if isinstance(error, NoRoute):
        return NotFound("There is no such path.", "route_not_found")
    if isinstance(error, WrongMethod):
        return MethodNotAllowed(", ".join(sorted(error.valid_methods or ())))
    return MalformedWebhook("The request can't be read.", "malformed_request")


def _problem(error: DomainError) -> Response:
    with serving_request(request.headers.get("X-Request-Id")) as request_id:
        answer = problem(error, request_id)
        return Response(answer.body, answer.status, list(answer.headers))
