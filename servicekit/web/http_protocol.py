"""Read HTTP/1.1 requests: within limits, at a minimum pace, and only if they are unambiguous."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.errors import DomainError
from servicekit.web.bad_http import ADDRESS_BYTES, HEADER_BYTES, HEADER_FIELDS, refusal
from servicekit.web.bodies import declared_length
from servicekit.web.errors import (
    AddressTooLong,
    HeadersTooLarge,
    MalformedRequest,
    TooManyConnections,
)
from servicekit.web.framing import is_sound
from servicekit.web.pace import Pace, PacedFlow, reset

log = structlog.get_logger()

TARGET = "servicekit.target"
"""ASGI scope key of a request's target: the bytes exactly as they were sent.

Path and query do not show whether it was ``/path?`` or ``/path``.
"""
CONNECTION = "servicekit.connection"
"""ASGI scope key of a request's connection, a :class:`Protocol`."""

# Seconds for which a stopping server keeps connections without a request: one may be arriving.
_LEAVING_SECONDS = 2.0
# Seconds for which we still read from a client after our answer. If a connection is closed while
# bytes arrive, it is reset and the client loses the answer.
_LINGER_SECONDS = 2.0
_HEAD_BYTES = ADDRESS_BYTES + HEADER_FIELDS * HEADER_BYTES
# Bytes of a body. After the answer to a request with a larger body the connection is closed, so
# that the rest of the body need not be read.
_KEPT_BODY_BYTES = 256 * 1024
_MOST_PIPELINED = 32
MOST_CONNECTIONS = 1000
"""Default maximum of connections that a worker has open at once."""


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits, the undecoded URL, and problem documents as errors.

    Without limits, the parser would read a head of any length and wait for ever.
    """

    pace: ClassVar[Pace] = Pace()
    most_connections: ClassVar[int] = MOST_CONNECTIONS
    when_ending: Callable[[], None] | None = None
    """Called when the client is gone or the server stops, to end a response that has no end."""

    flow: PacedFlow
    _problem: DomainError | None = None
    _in_head = False
    _in_message = False
    _head_bytes = 0
    _body_bytes = 0
    _deadline: asyncio.TimerHandle | None = None
    _expected_at = 0.0
    _is_leaving = False
    _is_deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time limit for the first request."""
        super().connection_made(transport)
        self.flow = PacedFlow(transport, self.pace)
        if len(self.connections) > self.most_connections:
            self._problem = TooManyConnections()
            self.send_400_response("")
        else:
            self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for requests, because the connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)
        self.flow.stop_expecting()
        self._end_answer()

    def data_received(self, data: bytes) -> None:
        """Parse the bytes that have just arrived."""
        if self._is_deaf:
            return
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > _HEAD_BYTES and not self._is_deaf:
            self._problem = HeadersTooLarge()
            self.send_400_response("")
        if self._deadline is None and self._is_idle():
            # Blank lines begin no request.
            self._expect_request()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Refuse an incomplete request and end live streams, because the client sends no more."""
        if self._in_message and not self._is_deaf:
            self.send_400_response("")
            return False
        if self._is_idle():
            return False
        self._answer_and_close()
        self._end_answer()
        return True

    def on_message_begin(self) -> None:
        """Start to receive the head of a request, within its time limit."""
        self._in_head = self._in_message = True
        self._expect_request()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Store a piece of the URL."""
        super().on_url(url)
        if len(self.url) > ADDRESS_BYTES:
            self._refuse(AddressTooLong())

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header field of the request."""
        if not self._in_head:
            # Fields after a chunked body are ignored: they must not be mistaken for headers.
            self._refuse(MalformedRequest())
        super().on_header(name, value)
        if len(name) + len(value) > HEADER_BYTES or len(self.headers) > HEADER_FIELDS:
            self._refuse(HeadersTooLarge())

    def on_headers_complete(self) -> None:
        """Check the head once it is complete."""
        if not is_sound(self.parser.get_http_version(), self.url, self.headers):
            self._refuse(MalformedRequest())
        if self.parser.should_upgrade() and declared_length(self.headers) != 0:
            self._refuse(MalformedRequest())  # the parser would not read its body
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._refuse(MalformedRequest())
        self._in_head = False
        self.scope[TARGET] = self.url  # type: ignore[literal-required]  # our own key
        self.scope[CONNECTION] = self  # type: ignore[literal-required]  # our own key
        super().on_headers_complete()
        self.cycle.transport = _Closing(self)  # type: ignore[assignment]  # all that it calls
        if self._is_leaving or self._may_be_left_unread():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Pass on a piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > _KEPT_BODY_BYTES:
            self.cycle.keep_alive = False
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Serve the request, which has now been read completely."""
        self._in_message = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the time limit for the client to read the response, which is now complete."""
        self.flow.expect_progress()
        super().on_response_complete()

    def shutdown(self) -> None:
        """Finish the current request, or wait a moment for a request that may be arriving."""
        if self._is_idle():
            self._is_leaving = True
            self.loop.call_later(_LEAVING_SECONDS, self._leave)
        else:
            super().shutdown()
            self._end_answer()

    def _end_answer(self) -> None:
        if self.when_ending is not None:
            self.when_ending()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that can't be read, once the earlier requests are answered."""
        problem = self._problem or MalformedRequest()
        log.warning("request_refused", status=problem.http_status, code=problem.code)
        in_body = self._in_message and not self._in_head
        if self._is_unanswered() if in_body else self._is_idle():
            self._cut_off()
            self.transport.write(refusal(problem))
            self.hang_up()
        elif in_body:
            # It is answered already, or earlier requests are not: no refusal can be sent now.
            self.break_off()
        else:
            self._answer_and_close()

    @property
    def is_gone(self) -> bool:
        """Whether the client has disconnected, so that nobody reads the response."""
        return self.transport.is_closing()

    def break_off(self) -> None:
        """Close the connection in the middle of a response, so that it does not look complete."""
        self._cut_off()
        reset(self.transport)

    def _cut_off(self) -> None:
        """Tell the current request that nobody waits for its response."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def hang_up(self) -> None:
        """Close the connection in a way that lets the client read the response first."""
        self._stop_waiting()
        self._is_deaf = True
        self.flow.expect_progress()
        if not self._in_message:
            self.transport.close()
        elif not self.transport.is_closing():
            self.flow.resume_reading()
            with suppress(OSError, RuntimeError):
                self.transport.write_eof()
            self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _unsupported_upgrade_warning(self) -> None:
        """Read no further: after a request for an upgrade, the bytes may be of another protocol."""
        self._is_deaf = True

    def _may_be_left_unread(self) -> bool:
        """Tell whether an unread body can make it unclear where the next request begins.

        A client that waits for "100 Continue" and gets the final response instead may send no body.
        """
        length = declared_length(self.headers) or 0
        is_large = length > _KEPT_BODY_BYTES
        return is_large or self.expect_100_continue or self.parser.should_upgrade()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _is_unanswered(self) -> bool:
        """Tell whether the request that is being read is the next one to be answered."""
        return not (self._is_idle() or self.pipeline or self.cycle.response_started)

    def _answer_and_close(self) -> None:
        self._is_deaf = True
        self._in_message = False
        self._stop_waiting()
        self.cycle.keep_alive = False

    def _leave(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _expect_request(self) -> None:
        self._stop_waiting()
        self._body_bytes = 0
        self._expected_at = self.loop.time() - self.flow.paused_seconds
        self._deadline = self.loop.call_later(self.pace.seconds, self._hang_up_if_slow)

    def _hang_up_if_slow(self) -> None:
        """Hang up on the client if it is slower than the pace allows."""
        late = self._waited() - self.pace.allowed(self._body_bytes)
        if late >= 0:
            self._deadline = None
            self._cut_off()
            self.transport.abort()
        else:
            # Check a little later: the clock of timers is less exact than the one that we read.
            self._deadline = self.loop.call_later(max(-late, 0.01), self._hang_up_if_slow)

    def _waited(self) -> float:
        """Return the seconds for which we have waited for the rest of the request."""
        return self.loop.time() - self._expected_at - self.flow.paused_seconds

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, problem: DomainError) -> None:
        """Raise ``problem`` in the parser's callback, so that the parser reports a bad request."""
        self._problem = problem
        raise problem


class _Closing:
    """The transport of a response. Before it closes, the client gets time to read the response."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self.write = protocol.transport.write
        self.is_closing = protocol.transport.is_closing

    def close(self) -> None:
        """Close the connection once the client has read the response."""
        self._protocol.hang_up()


def paced(pace: Pace, most_connections: int = MOST_CONNECTIONS) -> type[Protocol]:
    """Return a protocol class with a minimum ``pace`` of clients, and a limit of connections."""
    attributes: dict[str, Any] = {"pace": pace, "most_connections": most_connections}
    return type("Paced", (Protocol,), attributes)
