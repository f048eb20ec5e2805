"""Calls to other services: deadlines, and retries only where the contract says that it is safe."""

import asyncio
from typing import Any

import pytest

from servicekit.errors import Unavailable
from servicekit.rpc.client import open_channel
from servicekit.tests.rpc.toy_contract import SERVICE, UNRULED_SERVICE
from servicekit.tests.rpc.toy_service import ToyService, serving
from tests.fixtures.running import listening

SAFE = ("Read", "Repeatable")


class Flaky:
    """A service that interrupts its first ``failures`` calls, as if the server had been stopped."""

    def __init__(self, failures: int) -> None:
        self.calls = 0
        self._failures = failures

    async def __call__(self, request: Any, context: Any) -> Any:
        self.calls += 1
        if self.calls <= self._failures:
            raise asyncio.CancelledError
        return request


@pytest.mark.parametrize("method", SAFE)
async def test_an_idempotent_call_that_was_interrupted_is_retried(
    method: str,
) -> None:
    flaky = Flaky(2)
    async with serving({method: flaky}) as service:
        assert await service.call(method) == "hello"
    assert flaky.calls == 3


async def test_an_idempotent_call_is_retried_only_a_few_times() -> None:
    flaky = Flaky(1000)
    async with serving({"Read": flaky}) as service:
        with pytest.raises(Unavailable):
            await service.call("Read")
    assert flaky.calls == 4


async def test_a_call_that_is_not_idempotent_is_not_retried() -> None:
    flaky = Flaky(1)
    async with serving({"Member": flaky}) as service:
        with pytest.raises(Unavailable):
            await service.call("Member")
        assert flaky.calls == 1


async def test_an_idempotent_method_waits_for_a_server_that_starts_late() -> None:
    flaky = Flaky(0)
    address = listening()
    async with open_channel(address, [SERVICE]) as channel:
        early = asyncio.ensure_future(ToyService(channel, address).call("Read"))
        with pytest.raises(TimeoutError):  # a repeated call would have ended by then
            await asyncio.wait_for(asyncio.shield(early), 2)
        async with serving({"Read": flaky}, address):
            assert await early == "hello"
    assert flaky.calls == 1


async def test_a_method_that_is_not_idempotent_fails_at_once_while_there_is_no_server() -> None:
    address = listening()
    async with open_channel(address, [SERVICE]) as channel:
        call = ToyService(channel, address).call("Member", timeout=60)
        with pytest.raises(Unavailable):
            await asyncio.wait_for(call, 5)


def test_no_channel_can_be_opened_to_methods_without_access_rules() -> None:
    with pytest.raises(LookupError, match="has no access option"):
        open_channel(listening(), [UNRULED_SERVICE])


async def test_a_client_connects_again_to_a_server_that_was_restarted() -> None:
    address = listening()
    async with open_channel(address, [SERVICE]) as channel:
        caller = ToyService(channel, address)
        for _ in range(2):
            async with serving({"Read": Flaky(0)}, address):
                assert await caller.call("Read") == "hello"


@pytest.mark.parametrize("method", ["Read", "Member"])
async def test_a_call_ends_at_its_deadline(method: str) -> None:
    cancelled = asyncio.Event()

    async def hang(request: Any, context: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with serving({method: hang}) as service:
        with pytest.raises(Unavailable):
            await service.call(method, timeout=0.1)
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_call_that_found_no_connection_is_retried_for_every_method() -> None:
    flaky = Flaky(0)
    address = listening()
    async with open_channel(address, [SERVICE]) as channel:
        caller = ToyService(channel, address)
        early = asyncio.ensure_future(caller.call("Member", connect_attempts=1000))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(early), 0.5)
        async with serving({"Member": flaky}, address):
            assert await early == "hello"
    assert flaky.calls == 1
