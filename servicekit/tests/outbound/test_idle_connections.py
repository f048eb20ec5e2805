"""Connections that carry no request are closed after a while."""

import asyncio

import pytest

from servicekit.outbound import client as client_module
from servicekit.outbound.client import HttpClient, Request
from servicekit.tests.outbound.misbehaving import Peer, serving, well
from tests.fixtures.waiting import wait_until


async def test_idle_connections_are_closed_even_if_their_servers_are_not_called_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "_IDLE_SECONDS", 0.05)
    client = HttpClient(answer_seconds=5)
    closed = []

    async def until_closed(peer: Peer) -> None:
        try:
            await well(peer)
        finally:
            closed.append(peer)

    async with serving(until_closed) as one, serving(until_closed) as other:
        requests = [Request.of("POST", server.url, {}) for server in (one, one, other)]
        await asyncio.gather(*(client.send(request, b"x", lambda: True) for request in requests))
        await wait_until(lambda: len(closed) == 3)
    assert not client._idle
    await client.close()
