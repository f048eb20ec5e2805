"""A web worker that tells of bad HTTP as the applications tell of their problems."""

import socket
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import grpc
import orjson
import structlog
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body

log = structlog.get_logger()

_BLOCK = 64 * 1024
_MOST_BLOCKS = 32
_UNREADABLE = (
    errors.InvalidRequestLine,
    errors.InvalidRequestMethod,
    errors.InvalidHTTPVersion,
    errors.InvalidHeader,
    errors.InvalidHeaderName,
    errors.ObsoleteFolding,
)


class MalformedHttp(DomainError):
    """What came is not HTTP."""

    http_status = 400
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "malformed_request"


class AddressTooLong(DomainError):
    """The path and query are longer than the server reads."""

    http_status = 414
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "address_too_long"


class HeadersTooLarge(DomainError):
    """The headers are more or larger than the server reads."""

    http_status = 431
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "headers_too_large"


class ProblemWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker, whose refusals are problem documents."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Refuse what no application can be asked; gunicorn deals with all else."""
        refusal = refusal_of(exc)
        if refusal is None:
            super().handle_error(req, client, addr, exc)
            return
        log.warning("request_refused", status=refusal.http_status, code=refusal.code)
        try:
            _drain(client)
            write_nonblock(client, _answer(refusal))
        except OSError as error:
            log.debug("refusal_not_sent", error=repr(error))


def refusal_of(error: Exception) -> DomainError | None:
    """What the caller is told of ``error``; None where it is no fault of the caller's HTTP."""
    if isinstance(error, errors.LimitRequestLine):
        return AddressTooLong("The address is too long. Ask with fewer or shorter parameters.")
    if isinstance(error, errors.LimitRequestHeaders):
        return HeadersTooLarge("The headers are too many or too large.")
    if isinstance(error, _UNREADABLE):
        return MalformedHttp("The request can't be read.")
    return None


def _drain(client: socket.socket) -> None:
    """Read what has come: a connection that is closed with bytes unread takes the answer along."""
    for _ in range(_MOST_BLOCKS):
        try:
            if not client.recv(_BLOCK, socket.MSG_DONTWAIT):
                return
        except BlockingIOError:
            return


def _answer(refusal: DomainError) -> bytes:
    request_id = uuid4().hex
    body = orjson.dumps(problem_body(refusal, request_id))
    head = (
        f"HTTP/1.1 {refusal.http_status} {HTTPStatus(refusal.http_status).phrase}",
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Type: {PROBLEM_TYPE}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body
