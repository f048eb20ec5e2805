"""One HTTP/1.1 connection that says for certain whether a request was written.

Libraries hand a request to a buffer and write it in a later turn of the event loop. If the process
is frozen in between, it writes the request when it continues, perhaps much later. This connection
asks the caller right before the system call that writes, with nothing in between.
"""

import asyncio
import select
import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httptools

_READ_BYTES = 65_536
# Larger than any request that we make, so that one system call writes a whole request.
_SEND_BUFFER_BYTES = 131_072
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

MayBegin = Callable[[], bool]
"""Tells whether a request may begin now; called right before its bytes are written."""


class NothingWritten(Exception):
    """No byte of the request was written, so it is safe to send it again."""


class NotBegun(NothingWritten):
    """The request was not written, because ``may_begin`` did not allow it."""


class NoAnswer(Exception):
    """The request was written, at least in part, and no complete response came."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """An open connection that carries one request at a time.

    Args:
        sock: A connected, non-blocking socket whose TLS handshake is done.
        most_bytes: The largest body of a response. A response with a larger body counts as none.
        until_closed: Whether a response that has no length is complete when the server closes the
            connection. A body that was cut off then looks complete.
    """

    def __init__(
        self,
        sock: socket.socket,
        most_bytes: int = MAX_ANSWER_BYTES,
        *,
        until_closed: bool = False,
    ) -> None:
        self._socket = sock
        self._most_bytes = most_bytes
        self._until_closed = until_closed
        self._loop = asyncio.get_running_loop()
        self._exchange: _Exchange | None = None
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self.is_open = True
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._loop.add_reader(sock.fileno(), self._read)

    async def request(self, request: bytes, may_begin: MayBegin, seconds: float) -> HttpResponse:
        """Write a whole request and wait for its response.

        Raises:
            NotBegun: ``may_begin`` returned False. The connection can be used again.
            NothingWritten: The server had closed the connection.
            NoAnswer: No complete response came within ``seconds``. The connection is closed.
        """
        self._notice_goodbye()
        exchange = self._exchange = _Exchange(self._loop.create_future(), self._most_bytes)
        too_late = self._loop.call_later(seconds, exchange.fail, TimeoutError("no answer in time"))
        try:
            self._write(request, may_begin)
            return await exchange.answer
        except NotBegun:
            exchange.leaves_connection_usable = True
            raise
        finally:
            too_late.cancel()
            self._exchange = None
            if not exchange.leaves_connection_usable:
                self.close()

    def close(self) -> None:
        """Close the connection at once. Idempotent.

        The operating system discards the data that it has not sent.
        """
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket.fileno())
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._socket.close()

    def _notice_goodbye(self) -> None:
        """Check whether the server has closed the connection while no request used it."""
        if self.is_open and self._poll.poll(0):
            self._read()
        if not self.is_open:
            raise NothingWritten("the other side closed the connection")

    def _write(self, request: bytes, may_begin: MayBegin) -> None:
        rest = memoryview(request)
        while rest:
            untouched = len(rest) == len(request)
            if not may_begin():
                raise NotBegun if untouched else NoAnswer("too late for the rest of the request")
            try:
                rest = rest[self._socket.send(rest) :]
            except OSError as error:
                if untouched and not isinstance(self._socket, ssl.SSLSocket):
                    raise NothingWritten(repr(error)) from error
                raise NoAnswer("the request was not written whole") from error

    def _read(self) -> None:
        """Read the bytes that have arrived.

        Close the connection if the bytes do not belong to a response.
        """
        try:
            while self.is_open:
                data = self._socket.recv(_READ_BYTES)
                if not data and self._until_closed and self._exchange:
                    self._exchange.end()
                if not data or self._exchange is None:
                    raise ConnectionError("the other side closed the connection")
                self._exchange.feed(data)
                if not (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
                    return
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except (OSError, httptools.HttpParserError) as error:
            self.close()
            if self._exchange:
                self._exchange.fail(error)


class _Exchange:
    """The response to one request as it arrives; the parser calls the methods ``on_...``."""

    def __init__(self, answer: asyncio.Future[HttpResponse], most_bytes: int) -> None:
        self.answer = answer
        self._most_bytes = most_bytes
        self.leaves_connection_usable = False
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._head_is_read = False

    def end(self) -> None:
        """Complete a response that has no length, because the server has closed the connection."""
        has_length = {"content-length", "transfer-encoding"} & self._headers.keys()
        if self._head_is_read and not has_length and not self.answer.done():
            self.on_message_complete()

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)
        if len(self._body) > self._most_bytes:
            raise ConnectionError("the answer is too large")

    def fail(self, error: Exception) -> None:
        self.leaves_connection_usable = False
        if not self.answer.done():
            failure = NoAnswer(repr(error))
            failure.__cause__ = error
            self.answer.set_exception(failure)

    def on_message_begin(self) -> None:
        if self.answer.done():
            raise ConnectionError("more came than the answer")
        self._headers.clear()
        self._head_is_read = False

    def on_headers_complete(self) -> None:
        self._head_is_read = True

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK:  # 1xx: the answer follows
            return
        self.leaves_connection_usable = self._parser.should_keep_alive()
        self.answer.set_result(HttpResponse(status, self._headers, bytes(self._body)))
