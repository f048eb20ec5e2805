"""What callers are answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from servicekit.errors import DomainError, Unavailable
from servicekit.problems import PROBLEM_TYPE, RETRY_SECONDS, problem_body
from services.webhooks.http.errors import MethodNotAllowed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as WSGI wants it."""

    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def send(self, start_response: "StartResponse") -> Iterable[bytes]:
        """Answer with it."""
        start_response(f"{self.status.value} {self.status.phrase}", list(self.headers))
        return (self.body,)


def answer(status: HTTPStatus, body: bytes = b"", content_type: str = "") -> Answer:
    """An answer with ``body``."""
    if not body:
        return Answer(status)
    headers = (("Content-Type", content_type), ("Content-Length", str(len(body))))
    return Answer(status, body, headers)


def problem(error: DomainError, request_id: str) -> Answer:
    """The answer that tells of ``error``."""
    body = orjson.dumps(problem_body(error, request_id))
    plain = answer(HTTPStatus(error.http_status), body, PROBLEM_TYPE)
    extra = [("X-Request-Id", request_id)]
    if isinstance(error, Unavailable):
        extra.append(("Retry-After", str(RETRY_SECONDS)))
    if isinstance(error, MethodNotAllowed):
        extra.append(("Allow", error.allowed))
    return Answer(plain.status, plain.body, (*plain.headers, *extra))


NO_CONTENT = answer(HTTPStatus.NO_CONTENT)
EMPTY_TWIML = answer(HTTPStatus.OK, b"<Response></Response>", "text/xml")
SUCCESS = answer(HTTPStatus.OK, b'{"success": true}', "application/json")
RECEIVED = answer(HTTPStatus.OK, b'{"received": true}', "application/json")
