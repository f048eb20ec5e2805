"""The responses to the requests of providers."""

from dataclasses import dataclass
from http import HTTPStatus

import orjson

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body, problem_headers
from servicekit.web.asgi import Send


@dataclass(frozen=True, slots=True)
class Response:
    """A response as ASGI sends it."""

    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send this response to the provider."""
        start = {"type": "http.response.start", "status": self.status.value}
        await send({**start, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def response(status: HTTPStatus, body: bytes = b"", content_type: str = "") -> Response:
    """Return a response with a status, a `body` and its content type."""
    if not body:
        return Response(status)
    return Response(
        status, body, _raw(("content-type", content_type), ("content-length", str(len(body))))
    )


def problem(error: DomainError, request_id: str) -> Response:
    """Return the response with the problem document for `error`."""
    body = orjson.dumps(problem_body(error, request_id))
    plain = response(HTTPStatus(error.http_status), body, PROBLEM_TYPE)
    extra = {"x-request-id": request_id, **problem_headers(error)}
    return Response(plain.status, plain.body, (*plain.headers, *_raw(*extra.items())))


def _raw(*headers: tuple[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers)


NO_CONTENT = response(HTTPStatus.NO_CONTENT)
EMPTY_TWIML = response(HTTPStatus.OK, b"<Response></Response>", "text/xml")
SUCCESS = response(HTTPStatus.OK, b'{"success": true}', "application/json")
HEALTHY = response(HTTPStatus.OK, b'{"status": "ok"}', "application/json")
RECEIVED = response(HTTPStatus.OK, b'{"received": true}', "application/json")
