"""Servers that are stopped and started again while they are called."""

import asyncio
from collections import Counter
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from servicekit.errors import DomainError, Unavailable
from servicekit.rpc.client import open_channel
from servicekit.rpc.server import make_server
from servicekit.tests.rpc.toy_contract import SERVICE
from servicekit.tests.rpc.toy_service import KEY, ToyService, handlers_of, serving
from servicekit.tokens import TokenSigner
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until

CALLERS = 40
ROUNDS = 6
GRACE = 30.0


class Counted:
    """Counts how often each call began and ended."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()

    async def __call__(self, request: Any, context: Any) -> Any:
        self.begun[request.the_text] += 1
        await asyncio.sleep(0.002)
        self.ended[request.the_text] += 1
        return request


async def started(behaviour: Any, address: str) -> grpc.aio.Server:
    server = make_server(TokenSigner("toy", KEY))
    methods = {"Member": behaviour, "Read": behaviour}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, handlers_of(methods)),)
    )
    server.add_insecure_port(address)
    await server.start()
    return server


class Load:
    """Callers that repeat their calls until they are stopped."""

    def __init__(self, service: ToyService, method: str) -> None:
        self._service = service
        self._method = method
        self._stopping = False
        self.calls = 0
        self.failures: list[DomainError] = []

    async def run(self) -> None:
        await asyncio.gather(*(self._call_on() for _ in range(CALLERS)))

    def stop(self) -> None:
        self._stopping = True

    async def _call_on(self) -> None:
        while not self._stopping:
            self.calls += 1
            try:
                await self._service.call(self._method, str(self.calls), timeout=60)
            except DomainError as error:
                self.failures.append(error)


@pytest.mark.parametrize("method", ["Member", "Read"])
async def test_no_call_fails_while_one_replica_after_the_other_is_restarted(method: str) -> None:
    counted = Counted()
    addresses = [listening(), listening()]
    servers = [await started(counted, address) for address in addresses]
    async with open_channel(f"ipv4:{','.join(addresses)}", [SERVICE]) as channel:
        load = Load(ToyService(channel, ""), method)
        running = asyncio.create_task(load.run())
        for number in range(ROUNDS):
            await more_calls(load)
            which = number % 2
            await servers[which].stop(GRACE)
            await more_calls(load)
            servers[which] = await started(counted, addresses[which])
        load.stop()
        await running
    for server in servers:
        await server.stop(0)
    assert not load.failures
    assert set(counted.ended.values()) == {1}


async def more_calls(load: Load) -> None:
    """Wait until every caller has made some more calls."""
    wanted = load.calls + 5 * CALLERS
    await wait_until(lambda: load.calls > wanted, timeout=60)


async def test_a_call_that_is_not_idempotent_and_may_have_begun_is_not_repeated() -> None:
    begun = asyncio.Event()
    calls: list[str] = []

    async def hang(request: Any, context: Any) -> Any:
        calls.append(request.the_text)
        begun.set()
        await asyncio.Event().wait()

    address = listening()
    server = await started(hang, address)
    async with open_channel(address, [SERVICE]) as channel:
        call = asyncio.ensure_future(ToyService(channel, address).call("Member", timeout=60))
        await begun.wait()
        await server.stop(0)
        server = await started(hang, address)
        with pytest.raises(Unavailable):
            await call
    await server.stop(0)
    assert calls == ["hello"]


async def test_a_method_that_was_begun_and_cancelled_is_not_called_again() -> None:
    calls: list[str] = []

    async def give_up(request: Any, context: Any) -> Any:
        calls.append(request.the_text)
        raise asyncio.CancelledError

    async with serving({"Member": give_up}) as service:
        with pytest.raises(Unavailable):
            await service.call("Member")
    assert calls == ["hello"]


async def test_an_unavailable_provider_is_logged_by_server_and_caller() -> None:
    async def fail(request: Any, context: Any) -> Any:
        raise Unavailable("Stripe does not answer.") from ConnectionError("reset by peer")

    async with serving({"Member": fail}) as service:
        with capture_logs() as lines, pytest.raises(Unavailable):
            await service.call("Member")
    assert [line["event"] for line in lines] == ["rpc_unavailable", "call_failed"]
    assert "reset by peer" in lines[0]["error"]
