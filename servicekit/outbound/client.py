"""An HTTP client for requests that must not be made twice.

The client never repeats a request by itself and follows no redirects. Every error says whether the
request may have reached the server (``NoAnswer``) or not (``NothingWritten``). Right before a
request is written, the caller is asked whether it may still begin (see ``connection``).
"""

import asyncio
import functools
import socket
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType
from yarl import URL

from servicekit.outbound.connection import (
    MAX_ANSWER_BYTES,
    Connection,
    HttpResponse,
    MayBegin,
    NotBegun,
    NothingWritten,
)

_CONNECT_SECONDS = 5.0
_FALLBACK_SECONDS = 0.25
"""Seconds after which a second IP address of a host is tried in parallel (RFC 8305)."""
_IDLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Request:
    """The head of a request: method, URL and headers.

    Built once, it can be sent with many bodies.
    """

    method: str
    origin: "_Origin"
    head: bytes

    @classmethod
    def of(cls, method: str, url: URL, headers: Mapping[str, str]) -> "Request":
        """Build the head of a request.

        Raises:
            ValueError: A header holds a line break.
        """
        fields = {"Host": url.raw_authority.rpartition("@")[2], **headers}
        lines = [f"{method} {url.raw_path_qs} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a header holds a line break")
        return cls(method, _Origin.of(url), "\r\n".join(lines).encode("latin-1"))

    def with_body(self, body: bytes) -> bytes:
        """Return the bytes of the whole request, as they are sent over the connection."""
        return b"%s\r\nContent-Length: %d\r\n\r\n%s" % (self.head, len(body), body)


@dataclass(frozen=True, slots=True)
class _Origin:
    """A destination: scheme, host and port. Any connection to it can carry any request to it."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: URL) -> "_Origin":
        return cls(url.scheme, url.host or "", url.port or 0)


Found = Sequence[AddrInfoType]
"""The IP addresses of a host, as ``getaddrinfo`` returns them."""
Find = Callable[[str, int], Awaitable[Found]]
"""Resolves a host and a port to IP addresses."""


async def find_addresses(host: str, port: int) -> Found:
    """Resolve a host and a port to IP addresses, as the operating system does."""
    loop = asyncio.get_running_loop()
    return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class HttpClient:
    """Sends requests over connections that it keeps open for later requests.

    Args:
        answer_seconds: Seconds until the whole response must have arrived after the request was
            written.
        tls: Trusted certificates; the system's by default.
        find: Finds the IP addresses of a host. The client connects to no other address.
        most_bytes: The largest body of a response. A response with a larger body counts as none.
        until_closed: Whether a response without a length ends with its connection (``Connection``).
    """

    def __init__(
        self,
        answer_seconds: float,
        tls: ssl.SSLContext | None = None,
        find: Find = find_addresses,
        most_bytes: int = MAX_ANSWER_BYTES,
        *,
        until_closed: bool = False,
    ) -> None:
        self._answer_seconds = answer_seconds
        self._tls = tls
        self._find = find
        self._most_bytes = most_bytes
        self._until_closed = until_closed
        self._idle: dict[_Origin, deque[tuple[float, Connection]]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, request: Request, body: bytes, may_begin: MayBegin) -> HttpResponse:
        """Send a request, unless ``may_begin`` returns False right before the write.

        Returns the response.

        Raises:
            NotBegun: ``may_begin`` returned False; nothing was written.
            NothingWritten: No connection could be opened; nothing was written.
            NoAnswer: It is unknown what the server did with the request.
        """
        origin, whole = request.origin, request.with_body(body)
        while kept := self._kept(origin):
            try:
                return await self._over(kept, origin, whole, may_begin)
            except NotBegun:
                raise
            except NothingWritten:  # closed while it was idle
                continue
        return await self._over(await self._connect(origin), origin, whole, may_begin)

    async def close(self) -> None:
        """Close the connections that carry no request."""
        if self._sweep:
            self._sweep.cancel()
            self._sweep = None
        for connections in self._idle.values():
            for _, connection in connections:
                connection.close()
        self._idle.clear()

    async def _over(
        self, connection: Connection, origin: _Origin, whole: bytes, may_begin: MayBegin
    ) -> HttpResponse:
        try:
            return await connection.request(whole, may_begin, self._answer_seconds)
        finally:
            if connection.is_open:
                self._keep(origin, connection)

    def _keep(self, origin: _Origin, connection: Connection) -> None:
        idle = self._idle.get(origin)
        if idle is None:
            idle = self._idle[origin] = deque()
        idle.append((time.monotonic(), connection))
        if self._sweep is None:
            self._sweep_later()

    def _kept(self, origin: _Origin) -> Connection | None:
        """Return the open connection that was used last, if any.

        Connections that were idle for too long are closed.
        """
        idle = self._idle.get(origin)
        if idle is None:
            return None
        _close_old(idle)
        while idle:
            connection = idle.pop()[1]
            if connection.is_open:
                return connection
        return None

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(_IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        """Close idle connections, also those to hosts that are not called again.

        A timer calls this, so that a request need not look at the connections to other hosts.
        """
        for idle in self._idle.values():
            _close_old(idle)
        self._idle = {origin: idle for origin, idle in self._idle.items() if idle}
        self._sweep = None
        if self._idle:
            self._sweep_later()

    async def _connect(self, origin: _Origin) -> Connection:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                found = await self._find(origin.host, origin.port)
                sock = await _connected(found)
                try:
                    if origin.scheme == "https":
                        sock = await self._secured(sock, origin.host)
                    return Connection(sock, self._most_bytes, until_closed=self._until_closed)
                except BaseException:
                    sock.close()
                    raise
        except (OSError, TimeoutError) as error:
            raise NothingWritten(repr(error)) from error

    async def _secured(self, sock: socket.socket, host: str) -> ssl.SSLSocket:
        trusted = self._tls or _trusted_by_the_system()
        secured = trusted.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        try:
            await _shake_hands(secured)
        except BaseException:
            secured.close()
            raise
        return secured


def _close_old(idle: deque[tuple[float, Connection]]) -> None:
    while idle and time.monotonic() - idle[0][0] > _IDLE_SECONDS:
        idle.popleft()[1].close()


async def _shake_hands(secured: ssl.SSLSocket) -> None:
    while True:
        try:
            return secured.do_handshake()
        except ssl.SSLWantReadError:
            await _ready(secured, for_reading=True)
        except ssl.SSLWantWriteError:
            await _ready(secured, for_reading=False)


@functools.cache
def _trusted_by_the_system() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _connected(found: Found) -> socket.socket:
    """Return a non-blocking socket that is connected to one of the IP addresses ``found``."""
    sock = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=_FALLBACK_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def _ready(sock: socket.socket, *, for_reading: bool) -> None:
    """Wait until ``sock`` can be read, or written if ``for_reading`` is False."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add, remove = (
        (loop.add_reader, loop.remove_reader)
        if for_reading
        else (loop.add_writer, loop.remove_writer)
    )
    add(sock.fileno(), _settle, ready)
    try:
        await ready
    finally:
        remove(sock.fileno())


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
