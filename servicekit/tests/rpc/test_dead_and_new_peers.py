"""Clients notice replicas that died silently, and new replicas.

The servers are real; the time limits are shorter than in production.
"""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from servicekit.errors import Unavailable
from servicekit.rpc.client import DEFAULT_TIMEOUT, open_channel
from servicekit.rpc.connections import LIFETIMES, Lifetimes
from servicekit.tests.rpc.networks import NameServer, Wire
from servicekit.tests.rpc.toy_contract import SERVICE
from servicekit.tests.rpc.toy_service import ToyService, serving
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until

SHORT = Lifetimes(quiet=0.5, answer=0.5, age=1, finishing=30)
# Long enough for a busy machine, and shorter than the deadline of a minute.
SOON = 45.0


class Counted:
    """A service that responds, and counts the calls of each server."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()

    def at(self, name: str) -> Any:
        async def answer(request: Any, context: Any) -> Any:
            self.calls[name] += 1
            return request

        return {"Read": answer, "Member": answer}


def test_a_dead_server_is_noticed_before_a_call_to_it_times_out() -> None:
    assert LIFETIMES.quiet + LIFETIMES.answer < DEFAULT_TIMEOUT


async def test_a_call_to_a_server_that_died_silently_is_delayed_only_for_seconds() -> None:
    counted = Counted()
    async with AsyncExitStack() as stack:
        dying = await stack.enter_async_context(serving(counted.at("dying"), lifetimes=SHORT))
        well = await stack.enter_async_context(serving(counted.at("well"), lifetimes=SHORT))
        wire = await stack.enter_async_context(Wire(dying.address).laid())
        both = f"ipv4:{wire.address},{well.address}"
        channel = await stack.enter_async_context(open_channel(both, [SERVICE], SHORT))
        service = ToyService(channel, both)
        await _answered_by_both(service, counted)
        wire.cut()
        began = time.monotonic()
        answers = await asyncio.gather(*(service.call("Read", timeout=60) for _ in range(20)))
        assert answers == ["hello"] * 20
        assert time.monotonic() - began < SOON
        before = counted.calls["well"]
        for _ in range(20):
            await service.call("Member", timeout=60)
        assert counted.calls["well"] == before + 20


async def test_a_call_that_must_not_be_repeated_ends_soon_when_its_server_has_died() -> None:
    begun = asyncio.Event()
    calls: list[str] = []

    async def hang(request: Any, context: Any) -> Any:
        calls.append(request.the_text)
        begun.set()
        await asyncio.Event().wait()

    async with (
        serving({"Member": hang}, lifetimes=SHORT) as server,
        Wire(server.address).laid() as wire,
        open_channel(wire.address, [SERVICE], SHORT) as channel,
    ):
        call = asyncio.ensure_future(ToyService(channel, "").call("Member", timeout=600))
        await begun.wait()
        wire.cut()
        with pytest.raises(Unavailable):
            await asyncio.wait_for(call, SOON)
    assert calls == ["hello"]


async def test_a_long_call_on_a_connection_without_traffic_is_not_ended() -> None:
    async def work(request: Any, context: Any) -> Any:
        await asyncio.sleep(6 * SHORT.quiet)
        return request

    async with (
        serving({"Member": work}, lifetimes=SHORT) as server,
        open_channel(server.address, [SERVICE], SHORT) as channel,
    ):
        assert await ToyService(channel, "").call("Member", timeout=60) == "hello"


@pytest.mark.parametrize("method", ["Read", "Member"])
async def test_a_new_server_behind_a_host_name_gets_calls_and_no_call_fails(method: str) -> None:
    counted = Counted()
    port = listening().split(":")[1]
    names = NameServer("127.0.0.1")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(counted.at("old"), f"127.0.0.1:{port}", SHORT))
        await stack.enter_async_context(serving(counted.at("new"), f"127.0.0.2:{port}", SHORT))
        name_server = await stack.enter_async_context(names.answering())
        address = f"dns://{name_server}/toy.test:{port}"
        channel = await stack.enter_async_context(open_channel(address, [SERVICE], SHORT))
        service = ToyService(channel, address)
        await service.call(method)
        assert counted.calls == {"old": 1}
        names.addresses.append("127.0.0.2")

        async def called_until_both_answer() -> bool:
            await service.call(method)
            return counted.calls["new"] > 10

        await wait_until(called_until_both_answer, timeout=60)


async def _answered_by_both(service: ToyService, counted: Counted) -> None:
    async def both() -> bool:
        await service.call("Member")
        return len(counted.calls) == 2

    await wait_until(both)
