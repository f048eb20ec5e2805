"""The error of a failed request says whether nothing was sent or the outcome is unknown."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme
from yarl import URL

from servicekit.outbound.client import HttpClient, Request
from servicekit.outbound.connection import HttpResponse, NoAnswer, NotBegun, NothingWritten
from servicekit.tests.outbound.misbehaving import ANSWER, Behaviour, Peer, serving, well

_BODY = b"To=%2B14155550142&Body=Hello"


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(answer_seconds=0.5)
    yield made
    await made.close()


async def _post(
    client: HttpClient, url: URL, body: bytes = _BODY, *, may: bool = True
) -> HttpResponse:
    return await client.send(Request.of("POST", url, {"X-Name": "value"}), body, lambda: may)


async def test_a_request_is_sent_completely_and_its_response_is_read(client: HttpClient) -> None:
    async with serving(well) as server:
        answer = await _post(client, server.url)
    assert (answer.status, answer.body) == (201, b"ok")
    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /messages HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-Name: value\r\n" in head
    assert body == _BODY


async def test_requests_one_after_the_other_share_a_connection(client: HttpClient) -> None:
    async with serving(well) as server:
        for _ in range(3):
            await _post(client, server.url)
    assert (server.connections, len(server.requests)) == (1, 3)


async def test_requests_at_the_same_time_do_not_share_a_connection(client: HttpClient) -> None:
    async with serving(well) as server:
        await asyncio.gather(*(_post(client, server.url) for _ in range(5)))
    assert (server.connections, len(server.requests)) == (5, 5)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER,
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
    ],
)
async def test_a_chunked_response_and_a_response_after_100_continue_are_read(
    client: HttpClient, answer: bytes
) -> None:
    async def behaviour(peer: Peer) -> None:
        await peer.read_request()
        for byte in answer:
            await peer.answer(bytes([byte]))

    async with serving(behaviour) as server:
        assert (await _post(client, server.url)).body == b"ok"


async def test_a_request_that_the_caller_stops_is_not_written_and_its_connection_stays_open(
    client: HttpClient,
) -> None:
    async with serving(well) as server:
        with pytest.raises(NotBegun):
            await _post(client, server.url, may=False)
        await _post(client, server.url)
        with pytest.raises(NotBegun):
            await _post(client, server.url, may=False)
    assert (server.connections, len(server.requests)) == (1, 1)


async def test_the_caller_is_asked_before_each_request_whether_it_may_still_be_sent(
    client: HttpClient,
) -> None:
    asked_with: list[int] = []
    async with serving(well) as server:

        def may_begin() -> bool:
            asked_with.append(server.connections)
            return True

        request = Request.of("POST", server.url, {})
        await client.send(request, _BODY, may_begin)
        await client.send(request, _BODY, may_begin)
    # The kernel completes a connection before the server's loop sees it, so 0 or 1 at first.
    assert len(asked_with) == 2


async def test_if_the_connection_is_refused_the_error_says_that_nothing_was_sent(
    client: HttpClient,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = URL(f"http://127.0.0.1:{closed.getsockname()[1]}/")
        with pytest.raises(NothingWritten):
            await _post(client, url)


async def _closes_before_reading(peer: Peer) -> None:
    peer.reset()


async def _resets_after_the_request(peer: Peer) -> None:
    await peer.read_request()
    peer.reset()


async def _closes_after_the_request(peer: Peer) -> None:
    await peer.read_request()


async def _answers_half_a_head(peer: Peer) -> None:
    await peer.read_request()
    await peer.answer(ANSWER[:20])


async def _answers_half_a_body(peer: Peer) -> None:
    await peer.read_request()
    await peer.answer(ANSWER[:-1])


async def _answers_no_http(peer: Peer) -> None:
    await peer.read_request()
    await peer.answer(b"SSH-2.0-OpenSSH\r\n")


async def _names_no_length(peer: Peer) -> None:
    await peer.read_request()
    await peer.answer(b"HTTP/1.1 201 Created\r\n\r\nok")


async def _hangs(peer: Peer) -> None:
    await peer.read_request()
    await peer.reader.read()


@pytest.mark.parametrize(
    "behaviour",
    [
        _resets_after_the_request,
        _closes_after_the_request,
        _answers_half_a_head,
        _answers_half_a_body,
        _answers_no_http,
        _names_no_length,
        _hangs,
    ],
)
async def test_if_a_request_was_sent_and_got_no_response_its_outcome_is_unknown(
    client: HttpClient, behaviour: Behaviour
) -> None:
    async with serving(behaviour) as server:
        with pytest.raises(NoAnswer):
            await _post(client, server.url)
    assert len(server.requests) == 1


async def test_a_server_that_closes_the_connection_at_once_causes_an_error_and_gets_no_request(
    client: HttpClient,
) -> None:
    async with serving(_closes_before_reading) as server:
        with pytest.raises((NothingWritten, NoAnswer)):
            await _post(client, server.url)
    assert not server.requests


async def test_a_connection_that_was_closed_while_idle_is_not_used_again(
    client: HttpClient,
) -> None:
    closed = asyncio.Event()

    async def once(peer: Peer) -> None:
        await peer.read_request()
        await peer.answer(ANSWER)
        peer.writer.close()
        await peer.writer.wait_closed()
        closed.set()

    async with serving(once) as server:
        for _ in range(3):
            closed.clear()
            await _post(client, server.url)
            await closed.wait()
    assert (server.connections, len(server.requests)) == (3, 3)


async def test_a_connection_that_delivers_more_than_the_response_is_not_used_again(
    client: HttpClient,
) -> None:
    async def twice(peer: Peer) -> None:
        await peer.read_request()
        await peer.answer(ANSWER * 2)
        await peer.reader.read()

    async with serving(twice) as server:
        await _post(client, server.url)
        await _post(client, server.url)
    assert server.connections == 2


async def test_a_request_that_was_sent_only_in_part_raises_an_error(
    client: HttpClient,
) -> None:
    async with serving(well) as server:
        try:
            await _post(client, server.url, b"x" * 8_000_000)
        except NoAnswer:
            assert not server.requests
        else:
            assert len(server.requests) == 1


async def test_the_connection_is_closed_if_the_caller_of_a_request_gives_up(
    client: HttpClient,
) -> None:
    read = asyncio.Event()

    async def behaviour(peer: Peer) -> None:
        await peer.read_request()
        read.set()
        await peer.reader.read()

    async with serving(behaviour) as server:
        task = asyncio.create_task(_post(client, server.url))
        await read.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        read.clear()
        with pytest.raises(NoAnswer):
            await _post(client, server.url)
    assert server.connections == 2


async def test_a_line_break_in_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        Request.of("POST", URL("http://127.0.0.1/"), {"X-Name": "a\r\nX-Other: b"})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_requests_can_be_made_over_tls(authority: trustme.CA) -> None:
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    client = HttpClient(answer_seconds=5, tls=trusted)
    async with serving(well, _server_tls(authority)) as server:
        for _ in range(3):
            assert (await _post(client, server.url)).body == b"ok"
        await _post(client, server.url, b"x" * 100_000)
        with pytest.raises(NotBegun):
            await _post(client, server.url, may=False)
        await client.close()
    assert (server.connections, len(server.requests)) == (1, 4)


async def test_nothing_is_written_to_a_server_whose_certificate_is_not_trusted(
    client: HttpClient, authority: trustme.CA
) -> None:
    async with serving(well, _server_tls(authority)) as server:
        with pytest.raises(NothingWritten):
            await _post(client, server.url)
    assert not server.requests


async def test_nothing_is_written_when_a_server_closes_during_the_handshake() -> None:
    client = HttpClient(answer_seconds=5)

    async def behaviour(peer: Peer) -> None:
        await peer.reader.read(10)

    async with serving(behaviour) as server:
        secure = server.url.with_scheme("https").with_port(server.url.port)
        with pytest.raises(NothingWritten):
            await _post(client, secure)
