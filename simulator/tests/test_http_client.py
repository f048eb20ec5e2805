"""The client that sends webhooks reads responses in all forms of HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from simulator.http_client import BrokenAnswerError, ConnectError, HttpClient

Serve = Callable[[int, bytes], bytes | None]


@asynccontextmanager
async def server(answer: Serve) -> AsyncIterator[str]:
    """Return a server that sends one response per request; None closes the connection."""
    count = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                count += 1
                text = answer(count, head + body)
                if text is None:
                    break
                writer.write(text)
                if b"content-length" not in text and b"chunked" not in text:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    started = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with started:
        yield f"http://127.0.0.1:{started.sockets[0].getsockname()[1]}"


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient()
    yield made
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        OK,
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 2\r\n\r\nok",
    ],
)
async def test_responses_in_every_form_are_read_one_after_the_other(
    client: HttpClient, text: bytes
) -> None:
    """Responses with and without a length, in chunks, in HTTP 1.0, and ended by the server."""
    async with server(lambda *_: text) as url:
        for _ in range(2):
            answer = await client.request(url, b"x=1", {})
            assert (answer.status, answer.body) == (200, b"ok")


async def test_a_path_is_sent_unchanged_and_the_credentials_of_the_url_become_a_header(
    client: HttpClient,
) -> None:
    seen: list[bytes] = []

    def keep(_: int, request: bytes) -> bytes:
        seen.append(request)
        return OK

    async with server(keep) as url:
        address = url.replace("//", "//ann:s%40crets@") + "/a%7Eb//c?x=%2f&y"
        await client.request(address, b"Body=%2B1", {"X-Test": "1"})
        await client.request(url, None, {})
    assert seen[0].startswith(b"POST /a%7Eb//c?x=%2f&y HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"Authorization: Basic YW5uOnNAY3JldHM=\r\n" in seen[0]
    assert seen[0].endswith(
        b"X-Test: 1\r\nAuthorization: Basic YW5uOnNAY3JldHM=\r\nContent-Length: 9\r\n\r\nBody=%2B1"
    )
    assert seen[1].startswith(b"GET / HTTP/1.1\r\n")


async def test_a_request_is_sent_on_a_new_connection_if_the_server_closed_the_old_one(
    client: HttpClient,
) -> None:
    async with server(lambda count, _: None if count == 2 else OK) as url:
        assert (await client.request(url, b"", {})).status == 200
        assert (await client.request(url, b"", {})).status == 200


async def test_a_request_raises_an_error_if_its_new_connection_breaks(client: HttpClient) -> None:
    async with server(lambda *_: None) as url:
        with pytest.raises(BrokenAnswerError):
            await client.request(url, b"", {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://x/", "http://", "x"])
async def test_a_request_to_an_address_where_no_server_listens_raises_an_error(
    client: HttpClient, url: str
) -> None:
    with pytest.raises(ConnectError):
        await client.request(url, b"", {})
