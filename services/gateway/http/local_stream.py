"""Let downloads read a file that the gateway itself writes, like a file of another service."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import grpc
from google.api.httpbody_pb2 import HttpBody

from servicekit.identity import acting_as, current


class LocalStream:
    """A file that the gateway writes itself, in pieces.

    Downloads read it like the response of a gRPC stream, so it has the same `read` and `cancel`.
    """

    def __init__(self, pieces: AsyncGenerator[HttpBody]) -> None:
        self._pieces = pieces
        # The pieces are written when they are read, outside of the request.
        self._caller = current()
        self._closing: asyncio.Task[None] | None = None

    async def read(self) -> Any:
        """Return the next piece, or gRPC's mark of the end."""
        with acting_as(self._caller):
            async for piece in self._pieces:
                return piece
        return grpc.aio.EOF

    def cancel(self) -> None:
        """Stop writing the file, because its reader needs no more of it."""
        self._closing = asyncio.ensure_future(self._pieces.aclose())
