"""A customer's server for tests: it records calls and sends the responses that a test sets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.local.testkit.customer_server import is_signed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"


def answer(status: int, body: str = "", **headers: str) -> bytes:
    """Return an HTTP response. Underscores in the names of headers stand for hyphens."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


@dataclass(frozen=True)
class Call:
    """A call as the server received it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        return is_signed(secret, self.headers, self.body)


@dataclass
class CustomerServer:
    """A server on this computer.

    `answers` maps paths to responses: bytes, or None to never respond. Other paths respond with
    200. Calls of the paths in `held` get their response after `release` is set.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, bytes | None] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def calls_of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                path = head[0].split(" ")[1]
                pairs = (line.partition(": ") for line in head[1:] if line)
                headers = {name.lower(): value for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                self.calls.append(Call(path, headers, body))
                if path in self.held:
                    await self.release.wait()
                said = self.answers.get(path, OK)
                if said is None:
                    await asyncio.Event().wait()
                else:
                    writer.write(said)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def customer_server() -> AsyncIterator[CustomerServer]:
    """Run a customer's server until the block ends."""
    customer = CustomerServer()
    server = await asyncio.start_server(customer.serve, "127.0.0.1", 0)
    customer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield customer
    server.close()
