"""The HTTP server disconnects clients that are too slow, and no others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from servicekit.web.asgi import Application, Receive, Scope, Send
from servicekit.web.http_protocol import paced
from servicekit.web.pace import Pace

_SOON = 10.0
_REQUEST = b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: 2\r\n\r\nhi"
_IMPATIENT = paced(Pace(seconds=0.25, rate=1_000_000))


async def say_nothing(_scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with 204 once the request has arrived."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@asynccontextmanager
async def connected(
    application: Application = say_nothing,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection to one of our HTTP servers, which serves ``application``."""
    config = uvicorn.Config(application, http=_IMPATIENT, ws="none", lifespan="off")
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: _IMPATIENT(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()


@pytest.mark.parametrize(
    "begun",
    [b"", _REQUEST[:30], _REQUEST[:-1], _REQUEST + _REQUEST[:30], _REQUEST + b"\r\n"],
    ids=["nothing", "half a head", "half a body", "half of the next", "a blank line"],
)
async def test_a_client_that_does_not_finish_a_request_is_disconnected(begun: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(begun)
        said = await asyncio.wait_for(reader.read(), _SOON)
    assert said.count(b"HTTP/1.1 204") == begun.count(_REQUEST)


async def test_a_client_that_sends_many_requests_in_time_gets_responses() -> None:
    async with connected() as (reader, writer):
        loop = asyncio.get_running_loop()
        until, answers = loop.time() + 0.6, 0
        while loop.time() < until:
            writer.write(_REQUEST)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _SOON)
            answers += answer.startswith(b"HTTP/1.1 204")
    assert answers > 2


async def test_a_client_is_not_counted_as_slow_while_the_server_lets_it_wait() -> None:
    size = 1_000_000

    async def read_late(_scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(1.5)
        got = 0
        while (message := await receive()).get("more_body"):
            got += len(message["body"])
        got += len(message.get("body", b""))
        headers = [(b"content-length", str(len(str(got))).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": str(got).encode()})

    async with connected(read_late) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: %d\r\n\r\n" % size)
        writer.write(b"a" * size)
        said = await asyncio.wait_for(reader.read(), _SOON)
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(str(size).encode())


async def test_a_client_that_is_still_sending_its_request_can_read_the_refusal() -> None:
    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"too large"})

    async with connected(refuse) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: 9000000\r\n\r\n")
        writer.write(b"a" * 4_000_000)
        said = await asyncio.wait_for(reader.read(), _SOON)
    assert b"connection: close" in said
    assert b"too large" in said


async def test_a_client_that_closed_its_sending_side_gets_a_response() -> None:
    async with connected() as (reader, writer):
        writer.write(_REQUEST)
        writer.write_eof()
        said = await asyncio.wait_for(reader.read(), _SOON)
    assert said.startswith(b"HTTP/1.1 204")
