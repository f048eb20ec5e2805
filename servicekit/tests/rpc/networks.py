"""A network that can fail silently, and a host name whose IP addresses can change, on loopback."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from typing import Self

from tests.fixtures.running import listening

_A, _IN = 1, 1
_NAME_OF_THE_QUESTION = 0xC00C


class Wire:
    """A TCP proxy that can drop all bytes without closing connections, as if a node had died."""

    def __init__(self, address: str) -> None:
        self._target = address.split(":")
        self._works = asyncio.Event()
        self._works.set()
        self._pipes: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.StreamWriter] = []
        self.address = listening()

    def cut(self) -> None:
        """Drop everything that arrives from now on, from either side."""
        self._works.clear()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Self]:
        """Forward bytes until the ``with`` block ends."""
        host, port = self.address.split(":")
        server = await asyncio.start_server(self._accept, host, int(port))
        yield self
        server.close()
        for pipe in self._pipes:
            pipe.cancel()
        # A task that is cancelled before its first step can suppress nothing.
        ended = await asyncio.gather(*self._pipes, return_exceptions=True)
        assert all(end is None or isinstance(end, asyncio.CancelledError) for end in ended)
        for end in self._ends:
            end.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pipes.append(asyncio.create_task(self._connect(reader, writer)))

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        await self._works.wait()
        there, back = await asyncio.open_connection(*self._target)
        self._ends.append(back)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while got := await source.read(65536):
                await self._works.wait()
                sink.write(got)
                await sink.drain()
            await self._works.wait()
            sink.close()


class NameServer(asyncio.DatagramProtocol):
    """A DNS server that answers every query with the same IP addresses, which a test can change."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self._transport: asyncio.DatagramTransport | None = None

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[str]:
        """Answer questions until the ``with`` block ends. Yields the server's host:port."""
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
            line.bind(("127.0.0.1", 0))
            line.setblocking(False)
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=line)
            yield f"127.0.0.1:{line.getsockname()[1]}"
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one query for the IP addresses of a name."""
        assert self._transport is not None
        name_ends = data.index(b"\0", 12) + 1
        question = data[12 : name_ends + 4]
        asked = struct.unpack("!H", data[name_ends : name_ends + 2])[0]
        found = self.addresses if asked == _A else []
        head = data[:2] + struct.pack("!HHHHH", 0x8580, 1, len(found), 0, 0)
        self._transport.sendto(head + question + b"".join(map(_record, found)), addr)


def _record(address: str) -> bytes:
    fixed = struct.pack("!HHHIH", _NAME_OF_THE_QUESTION, _A, _IN, 0, 4)
    return fixed + socket.inet_aton(address)
