"""Request bodies for an application with threads.

They are read in advance, or passed on in parts.
"""

import asyncio
import io
import threading
from collections.abc import Iterable
from concurrent.futures import CancelledError, Future
from tempfile import TemporaryFile
from typing import IO

from servicekit.errors import Unavailable
from servicekit.web.asgi import Message, Receive
from servicekit.web.errors import MalformedRequest
from servicekit.web.framing import Header

IN_MEMORY_BYTES = 64 * 1024
"""Maximum bytes of a body that is kept in memory. A larger body is kept in a file."""


def declared_length(headers: Iterable[Header]) -> int | None:
    """Return the length of a body from its headers; None if they have no length."""
    length: int | None = 0
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            length = None
    return length


class Spool:
    """Limits the disk space of large bodies to ``most`` bytes in all.

    Bodies of requests and responses that are too large for memory are in files without names, which
    nobody else can open. Threads can share it.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Reserve space for ``size`` bytes.

        Raises:
            Unavailable: There is not enough space.
        """
        with self._lock:
            if size > self._free:
                raise Unavailable("The server is busy. Try again in a moment.")
            self._free -= size

    def give_back(self, size: int) -> None:
        """Free the space of ``size`` bytes."""
        with self._lock:
            self._free += size


class Spooled:
    """A body in memory, or in a file once it is large. It must be closed."""

    def __init__(self, spool: Spool) -> None:
        self.size = 0
        self.file: IO[bytes] = io.BytesIO()
        self._spool = spool
        self._on_disk = 0

    def write(self, block: bytes) -> None:
        """Append ``block`` to the body.

        Raises:
            Unavailable: There is not enough space.
            OSError: The disk is full.
        """
        self.size += len(block)
        if self._on_disk or self.size > IN_MEMORY_BYTES:
            self._spool.take(self.size - self._on_disk)
            if not self._on_disk:
                self.file = self._moved()
            self._on_disk = self.size
        self.file.write(block)

    def close(self) -> None:
        """Close the body, and free the disk space that it had reserved."""
        self.file.close()
        self._spool.give_back(self._on_disk)
        self._on_disk = 0

    def _moved(self) -> IO[bytes]:
        file = TemporaryFile()  # noqa: SIM115 (closed with the body)
        file.write(self.file.getvalue())  # type: ignore[attr-defined]  # it is in memory so far
        return file


async def read_ahead(receive: Receive, most: int, body: Spooled) -> None:
    """Read a request's body to its end, or until it is longer than ``most`` bytes.

    Raises:
        MalformedRequest: The body ended early.
        Unavailable: There is not enough space for it.
        OSError: The disk is full.
    """
    more = True
    while more and body.size <= most:
        block, more = await _next_block(receive)
        body.write(block)
    body.file.seek(0)


async def _next_block(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] != "http.request":
        raise MalformedRequest
    return message.get("body", b""), message.get("more_body", False)


class LiveBody(io.RawIOBase):
    """A body that is still arriving, for a thread that reads it.

    The server reads no more from the client than the thread asks for.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._waiting: Future[Message] | None = None
        self._block = memoryview(b"")
        self._more = True

    def readable(self) -> bool:
        """Return True, because this is a readable stream."""
        return True

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]
        """Read as many bytes as have arrived, at least one; 0 at the end.

        Raises:
            MalformedRequest: The body ended early.
        """
        while not self._block and self._more:
            self._read_block()
        size = min(len(buffer), len(self._block))
        buffer[:size] = self._block[:size]
        self._block = self._block[size:]
        return size

    def give_up(self) -> None:
        """Let a thread that waits for more bytes continue, because no more will come."""
        self._more = False
        if self._waiting is not None:
            self._waiting.cancel()

    def _read_block(self) -> None:
        self._waiting = asyncio.run_coroutine_threadsafe(_received(self._receive), self._loop)
        try:
            message = self._waiting.result()
        except CancelledError:
            raise MalformedRequest from None
        if message["type"] != "http.request":
            raise MalformedRequest
        self._block = memoryview(message.get("body", b""))
        self._more = message.get("more_body", False)


async def _received(receive: Receive) -> Message:
    return await receive()
