"""Serve ``GET /api/stream``, as an ASGI application without a framework."""

import asyncio
import random
from collections.abc import Iterable
from urllib.parse import parse_qs
from uuid import uuid4

import orjson
import structlog

from servicekit.db.database import is_outage
from servicekit.errors import DomainError, Forbidden, NotFound, Unavailable
from servicekit.problems import PROBLEM_TYPE, problem_body, problem_headers
from servicekit.web.asgi import Receive, Scope, Send
from servicekit.web.errors import MethodNotAllowed
from servicekit.web.http_protocol import CONNECTION, Protocol
from services.gateway.domain.stream_tickets import TicketRefused
from services.gateway.stream import events
from services.gateway.stream.limits import Limits
from services.gateway.stream.listener import Listener
from services.gateway.stream.live_streams import LiveStreams
from services.gateway.usecases.open_stream import OpenStream

log = structlog.get_logger()

PATH = "/api/stream"
_HEARTBEAT_SECONDS = 15.0
# Maximum bytes that wait for a client that reads nothing. With more, it gets a `resync`.
_MOST_UNSENT_BYTES = 16 * 1024
_RETURN_MILLISECONDS = 2_000
_STOP_MILLISECONDS = 10_000
# After a restart, thousands of browsers come back within seconds. They wait for their turn here,
# because waiting for a database connection would fail after a while.
_OPENING_AT_ONCE = 4
_JITTER = random.SystemRandom()

_Headers = list[tuple[bytes, bytes]]
_STREAM: _Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),
]


class StreamEndpoint:
    """Opens streams, and writes events to them until they end.

    Args:
        streams: The open streams.
        open_stream: Uses up tickets and returns whose stream each of them opens.
        limits: How long a stream stays open.
        origins: The origins whose pages may open a stream.
    """

    def __init__(
        self, streams: LiveStreams, open_stream: OpenStream, limits: Limits, origins: Iterable[str]
    ) -> None:
        self._streams = streams
        self._open_stream = open_stream
        self._limits = limits
        self._origins = frozenset(origin.encode("latin-1") for origin in origins)
        self._opening = asyncio.Semaphore(_OPENING_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request for a stream."""
        origin = _header(scope, b"origin")
        cors: _Headers = [(b"vary", b"Origin")]
        if origin in self._origins:
            cors.append((b"access-control-allow-origin", origin))
        try:
            self._check(scope, origin)
            await self._stream(scope, send, cors)
        except DomainError as error:
            await _refuse(error, cors, send)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("stream_unavailable", error=repr(error))
            await _refuse(Unavailable("The live stream is not available now."), cors, send)

    def _check(self, scope: Scope, origin: bytes) -> None:
        if scope["path"] != PATH:
            raise NotFound("There is nothing at this address.")
        if scope["method"] != "GET":
            raise MethodNotAllowed("GET")
        if origin and origin not in self._origins:
            raise Forbidden("Pages of this origin can't open a live stream.", "origin_not_allowed")

    async def _stream(self, scope: Scope, send: Send, cors: _Headers) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        [text] = query.get("ticket", [""])[-1:]
        if not text:
            raise TicketRefused
        async with self._opening:
            listener = Listener(await self._open_stream.use_ticket(text))
        header = _header(scope, b"last-event-id").decode("latin-1")
        org_streams = await self._streams.enter(listener, query.get("lastEventId", [header])[-1])
        try:
            start = {"type": "http.response.start", "status": 200, "headers": [*_STREAM, *cors]}
            await send(start)
            await self._pour(listener, scope[CONNECTION], send)
        finally:
            scope[CONNECTION].when_ending = None
            self._streams.leave(org_streams, listener)

    async def _pour(self, listener: Listener, connection: Protocol, send: Send) -> None:
        """Send events as they come, until the client disconnects or the stream must end."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._limits.seconds * _JITTER.uniform(0.9, 1)
        connection.transport.set_write_buffer_limits(high=_MOST_UNSENT_BYTES)
        connection.when_ending = lambda: _leave(listener, connection)
        await _send(send, events.opening())
        while listener.last_event is None and not connection.is_gone:
            waiting = listener.take()
            await _send(send, b"".join(waiting) or events.HEARTBEAT)
            if loop.time() >= ends_at:
                listener.finish(events.reconnect("time_limit", _RETURN_MILLISECONDS))
            await listener.wait(min(_HEARTBEAT_SECONDS, max(0.0, ends_at - loop.time())))
        rest = b"".join(listener.take()) + (listener.last_event or b"")
        await send({"type": "http.response.body", "body": rest})


def _leave(listener: Listener, connection: Protocol) -> None:
    """End a stream once its client has disconnected or the server stops."""
    listener.finish(events.reconnect("server_stops", _STOP_MILLISECONDS))
    if connection.flow.write_paused:
        connection.break_off()


async def _send(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _refuse(error: DomainError, cors: _Headers, send: Send) -> None:
    request_id = uuid4().hex
    body = orjson.dumps(problem_body(error, request_id))
    named = {
        "content-type": PROBLEM_TYPE,
        "cache-control": "no-store",
        "content-length": str(len(body)),
        "x-request-id": request_id,
        **{name.lower(): value for name, value in problem_headers(error).items()},
    }
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    start = {"type": "http.response.start", "status": error.http_status}
    await send({**start, "headers": [*headers, *cors]})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> bytes:
    values: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return values[-1] if values else b""
