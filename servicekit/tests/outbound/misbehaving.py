"""A server that handles each connection in the way a test chooses, and records the requests."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yarl import URL

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Peer:
    """One connection to a client, from the server's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[bytes]

    async def read_request(self) -> None:
        """Read the client's whole request."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        self.requests.append(head + await self.reader.readexactly(length))

    async def answer(self, data: bytes) -> None:
        """Write ``data`` to the client."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Break the connection, so that the client gets ECONNRESET."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Peer], Awaitable[None]]


@dataclass
class Server:
    """A running server, and its connections and requests."""

    url: URL
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def serving(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Run a server that handles each connection with ``behaviour``, until the block ends."""
    seen = Server(URL())

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            await behaviour(Peer(reader, writer, seen.requests))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    host = "localhost" if tls else "127.0.0.1"
    seen.url = URL(f"{'https' if tls else 'http'}://{host}:{port}/messages")
    try:
        yield seen
    finally:
        server.close()


async def well(peer: Peer) -> None:
    """Respond correctly to every request of the client."""
    while True:
        await peer.read_request()
        await peer.answer(ANSWER)
