"""A small HTTP/1.1 client for webhooks: exact URLs, reused connections, no redirects.

A thousand messages cause three thousand callbacks. A general-purpose client would need more
processor time for them than the rest of the simulator.
"""

import asyncio
import base64
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 15.0
MAX_HEAD_BYTES = 64 * 1024
MAX_CONNECTIONS = 4
EMPTY_STATUSES = (204, 304)


class ConnectError(Exception):
    """No server accepts connections at the address. Nothing has been sent."""


class BrokenAnswerError(Exception):
    """The connection broke, or the received bytes are not an HTTP response."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response: its status and body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Connection:
    """An open connection. `used` is True once a response has been received over it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the connection is open, as far as we know."""
        return not self.writer.is_closing() and not self.reader.at_eof()


class HttpClient:
    """Sends one request at a time, over connections that stay open."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}

    async def request(self, url: str, body: bytes | None, headers: dict[str, str]) -> HttpResponse:
        """Send a POST with `body`, or a GET if `body` is None.

        Args:
            url: Used without any normalisation.
            body: The body to post.
            headers: All headers except `Host` and `Content-Length`, which are added.

        Raises:
            ConnectError: No server accepts connections, or the address is invalid.
            TimeoutError: There was no answer within 15 seconds.
            BrokenAnswerError: The answer is incomplete or is not HTTP.
        """
        try:
            parts = urlsplit(url)
            head = _head(parts, body, headers)
        except ValueError as error:
            raise ConnectError(url) from error
        async with asyncio.timeout(TOTAL_TIMEOUT_S):
            return await self._exchange(parts, head + (body or b""))

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.writer.close()
        self._connections.clear()

    async def _exchange(self, parts: SplitResult, request: bytes) -> HttpResponse:
        origin = f"{parts.scheme}://{parts.netloc}"
        connection = await self._connection(origin, parts)
        try:
            return await self._ask(origin, connection, request)
        except BrokenAnswerError:
            if not connection.used:
                raise
        # The server may have closed the idle connection just before this request.
        return await self._ask(origin, await _connect(parts), request)

    async def _connection(self, origin: str, parts: SplitResult) -> Connection:
        kept = self._connections.pop(origin, None)
        if kept is not None and kept.is_alive:
            return kept
        return await _connect(parts)

    async def _ask(self, origin: str, connection: Connection, request: bytes) -> HttpResponse:
        reader, writer = connection.reader, connection.writer
        keep = False
        try:
            writer.write(request)
            answer, keep = await _read_answer(reader)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise BrokenAnswerError(origin) from error
        finally:
            if keep:
                self._keep(origin, Connection(reader, writer, used=True))
            else:
                writer.close()
        return answer

    def _keep(self, origin: str, connection: Connection) -> None:
        while len(self._connections) >= MAX_CONNECTIONS:
            oldest = next(iter(self._connections))
            self._connections.pop(oldest).writer.close()
        self._connections[origin] = connection


def _head(parts: SplitResult, body: bytes | None, headers: dict[str, str]) -> bytes:
    """Return the request line and the headers."""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(parts.scheme)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"{'GET' if body is None else 'POST'} {target} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        lines.append(f"Authorization: Basic {base64.b64encode(secret).decode()}")
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _connect(parts: SplitResult) -> Connection:
    is_secure = parts.scheme == "https"
    try:
        port = parts.port or (443 if is_secure else 80)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(
                parts.hostname, port, ssl=is_secure or None, limit=MAX_HEAD_BYTES
            )
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectError(parts.netloc) from error
    return Connection(reader, writer)


async def _read_answer(reader: asyncio.StreamReader) -> tuple[HttpResponse, bool]:
    """Return the response, and whether the connection can be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status_line, _, rest = head.partition("\r\n")
    status = int(status_line.split(" ", 2)[1])
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in rest.split("\r\n"))
    }
    keep = status_line.startswith("HTTP/1.1") and headers.get("connection", "").lower() != "close"
    if status in EMPTY_STATUSES:
        return HttpResponse(status, b""), keep
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return HttpResponse(status, await _read_chunks(reader)), keep
    if "content-length" in headers:
        return HttpResponse(status, await reader.readexactly(int(headers["content-length"]))), keep
    return HttpResponse(status, await reader.read()), False


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        size = int((await reader.readline()).split(b";")[0], 16)
        parts.append(await reader.readexactly(size))
        await reader.readline()
        if not size:
            return b"".join(parts)
