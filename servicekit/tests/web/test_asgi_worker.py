"""Clients of an ASGI edge that take their time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from servicekit.web import asgi_worker
from servicekit.web.asgi import Receive, Scope, Send
from servicekit.web.asgi_worker import Protocol

_SOON = 10.0
_REQUEST = b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may take a quarter of a second."""
    monkeypatch.setattr(asgi_worker, "_REQUEST_SECONDS", 0.25)


async def say_nothing(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 204 once the request is here whole."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to an edge that serves ``say_nothing``."""
    config = uvicorn.Config(say_nothing, http=Protocol, ws="none", lifespan="off")
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Protocol(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()


@pytest.mark.parametrize(
    "begun",
    [b"", _REQUEST[:30], _REQUEST[:-1], _REQUEST + _REQUEST[:30]],
    ids=["nothing", "half a head", "half a body", "half of the next"],
)
async def test_who_does_not_finish_a_request_is_hung_up_on(begun: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(begun)
        said = await asyncio.wait_for(reader.read(), _SOON)
    assert said.count(b"HTTP/1.1 204") == begun.count(_REQUEST)


async def test_who_asks_again_and_again_is_answered() -> None:
    async with connected() as (reader, writer):
        loop = asyncio.get_running_loop()
        until, answers = loop.time() + 0.6, 0
        while loop.time() < until:
            writer.write(_REQUEST)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _SOON)
            answers += answer.startswith(b"HTTP/1.1 204")
    assert answers > 2
