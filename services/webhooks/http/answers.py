"""What callers are answered."""

from dataclasses import dataclass
from http import HTTPStatus

import orjson

from servicekit.errors import DomainError
from servicekit.problems import PROBLEM_TYPE, problem_body, problem_headers
from servicekit.web.asgi import Send


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as ASGI wants it."""

    status: HTTPStatus
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Answer with it."""
        start = {"type": "http.response.start", "status": self.status.value}
        await send({**start, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def answer(status: HTTPStatus, body: bytes = b"", content_type: str = "") -> Answer:
    """An answer with ``body``."""
    if not body:
        return Answer(status)
    return Answer(
        status, body, _raw(("content-type", content_type), ("content-length", str(len(body))))
    )


def problem(error: DomainError, request_id: str) -> Answer:
    """The answer that tells of ``error``."""
    body = orjson.dumps(problem_body(error, request_id))
    plain = answer(HTTPStatus(error.http_status), body, PROBLEM_TYPE)
    extra = {"x-request-id": request_id, **problem_headers(error)}
    return Answer(plain.status, plain.body, (*plain.headers, *_raw(*extra.items())))


def _raw(*headers: tuple[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers)


NO_CONTENT = answer(HTTPStatus.NO_CONTENT)
EMPTY_TWIML = answer(HTTPStatus.OK, b"<Response></Response>", "text/xml")
SUCCESS = answer(HTTPStatus.OK, b'{"success": true}', "application/json")
HEALTHY = answer(HTTPStatus.OK, b'{"status": "ok"}', "application/json")
RECEIVED = answer(HTTPStatus.OK, b'{"received": true}', "application/json")
