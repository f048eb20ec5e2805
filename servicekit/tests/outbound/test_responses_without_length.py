"""Responses without a length, which end with their connection."""

import pytest

from servicekit.outbound.client import HttpClient, Request
from servicekit.outbound.connection import HttpResponse, NoAnswer
from servicekit.tests.outbound.misbehaving import ANSWER, Behaviour, Peer, Server, serving

_WITHOUT_LENGTH = b"HTTP/1.0 201 Created\r\nServer: simple\r\n\r\nok"


async def _post(client: HttpClient, server: Server) -> HttpResponse:
    return await client.send(Request.of("POST", server.url, {}), b"body", lambda: True)


def _answering(answer: bytes) -> Behaviour:
    """Return the behaviour of a server that closes the connection after each response."""

    async def behaviour(peer: Peer) -> None:
        await peer.read_request()
        await peer.answer(answer)

    return behaviour


async def test_a_response_without_a_length_ends_with_its_connection_if_the_caller_allows_that() -> (
    None
):
    client = HttpClient(answer_seconds=5, until_closed=True)
    async with serving(_answering(_WITHOUT_LENGTH)) as server:
        answers = [await _post(client, server) for _ in range(2)]
    assert [(each.status, each.body) for each in answers] == [(201, b"ok")] * 2
    assert server.connections == 2


async def test_by_default_a_response_without_a_length_is_refused() -> None:
    client = HttpClient(answer_seconds=5)
    async with serving(_answering(_WITHOUT_LENGTH)) as server:
        with pytest.raises(NoAnswer):
            await _post(client, server)


@pytest.mark.parametrize(
    "answer",
    [ANSWER[:-1], b"HTTP/1.0 201 Created\r\nServer: sim", b"HTTP/1.1 100 Continue\r\n\r\n", b""],
    ids=["a part of the body", "a part of the head", "only 100 Continue", "nothing"],
)
async def test_a_response_that_was_cut_off_is_never_taken_for_a_whole_one(answer: bytes) -> None:
    client = HttpClient(answer_seconds=5, until_closed=True)
    async with serving(_answering(answer)) as server:
        with pytest.raises(NoAnswer):
            await _post(client, server)
