"""Turn every error into a problem document, never a stack trace."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from servicekit.db.database import is_busy, is_outage
from servicekit.disks import is_disk_outage
from servicekit.errors import Busy, DomainError, PayloadTooLarge, Unavailable, root_cause
from servicekit.telemetry.context import request_id
from servicekit.web import errors
from services.gateway.http.problems import problem_response

log = structlog.get_logger()


def add_error_handlers(app: Flask) -> None:
    """Answer every error that a view of `app` raises with a problem document."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _domain_error(error: DomainError) -> Response:
    if isinstance(error, Unavailable):
        cause = repr(root_cause(error))
        log.warning("request_unavailable", route=str(request.url_rule), error=cause)
    elif error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    return problem_response(error, request_id())


def _http_error(error: HTTPException) -> Response:
    return problem_response(_of_http(error), request_id())


def _unexpected(error: Exception) -> Response:
    if is_outage(error) or is_disk_outage(error):
        log.warning("request_unavailable", route=str(request.url_rule), error=repr(error))
        return problem_response(_for_now(error), request_id())
    log.error("request_failed", route=str(request.url_rule), exc_info=error)
    return problem_response(
        DomainError("Something went wrong on our side. Try again later."), request_id()
    )


def _for_now(error: Exception) -> Unavailable:
    """Return ``Busy`` if there is too much load, else ``Unavailable``, for a temporary error."""
    if is_busy(error):
        return Busy()
    return Unavailable("A part of the platform is not available. Try again in a moment.")


def _of_http(error: HTTPException) -> DomainError:
    """Return our error for an HTTP error of the framework."""
    if isinstance(error, NotFound):
        return errors.RouteNotFound()
    if isinstance(error, MethodNotAllowed):
        return errors.MethodNotAllowed(", ".join(sorted(error.valid_methods or ())))
    if isinstance(error, RequestEntityTooLarge):
        limit = request.max_content_length or 0
        return PayloadTooLarge.of("body", f"must not be larger than {limit} bytes")
    return errors.MalformedRequest()
