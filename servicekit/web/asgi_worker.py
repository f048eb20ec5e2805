"""uvicorn as gunicorn's web worker, for an ASGI application: one event loop serves it all."""

import asyncio
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn_worker import UvicornWorker

from servicekit.errors import DomainError
from servicekit.web.bad_http import (
    ADDRESS_BYTES,
    HEADER_BYTES,
    HEADER_FIELDS,
    AddressTooLong,
    HeadersTooLarge,
    MalformedHttp,
    refusal,
)

log = structlog.get_logger()

TARGET = "servicekit.target"
"""Where a request's scope has its target exactly as it was sent, as bytes: path and query cannot
tell ``/path?`` from ``/path``."""

# A request that is not here whole by then is given up: who sends webhooks waits no longer for the
# answer (Twilio 15 s).
_REQUEST_SECONDS = 15.0
# How long a stopping server keeps connections on which no request is under way: one that a client
# sends at that moment would be lost with them.
_LINGER_SECONDS = 2.0
_HEAD_BYTES = ADDRESS_BYTES + HEADER_FIELDS * HEADER_BYTES


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP, with limits, the raw target, and problem documents for what is not HTTP.

    The parser by itself reads on for as long as a head goes on, and waits for ever.
    """

    _problem: DomainError | None = None
    _in_head = False
    _head_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _is_leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first request."""
        super().connection_made(transport)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > _HEAD_BYTES and not self.transport.is_closing():
            self._problem = HeadersTooLarge()
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        self._expect_request()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the address was read."""
        super().on_url(url)
        if len(self.url) > ADDRESS_BYTES:
            self._refuse(AddressTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field was read."""
        super().on_header(name, value)
        if len(name) + len(value) > HEADER_BYTES or len(self.headers) > HEADER_FIELDS:
            self._refuse(HeadersTooLarge())

    def on_headers_complete(self) -> None:
        """The head is read."""
        self._in_head = False
        self.scope[TARGET] = self.url  # type: ignore[literal-required]  # our own key
        super().on_headers_complete()
        if self._is_leaving:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The request is read."""
        self._stop_waiting()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Finish the request under way; without one wait a moment for one that is on its way."""
        if self._is_idle():
            self._is_leaving = True
            self.loop.call_later(_LINGER_SECONDS, self._leave)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be read."""
        problem = self._problem or MalformedHttp()
        log.warning("request_refused", status=problem.http_status, code=problem.code)
        self.transport.write(refusal(problem))
        self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _leave(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _expect_request(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(_REQUEST_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _refuse(self, problem: DomainError) -> None:
        """Raise out of the parser, which makes a bad request of it."""
        self._problem = problem
        raise problem


class AsgiWorker(UvicornWorker):  # type: ignore[misc]  # uvicorn-worker has no types
    """A worker process. What it serves is started and ended by ASGI's lifespan events."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
    }
