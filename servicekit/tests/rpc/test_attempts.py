"""How often a call through three services is tried while the last one's database is down."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import Busy, Unavailable
from servicekit.rpc.client import open_channel
from servicekit.tests.rpc.toy_contract import SERVICE
from servicekit.tests.rpc.toy_service import ToyService, serving
from tests.fixtures.running import listening


class Layers:
    """A chain of servers, each of which calls the next one."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Layers":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def over(self, name: str, ask: Any) -> ToyService:
        """Start a server named ``name``. It calls ``ask`` in each call, and counts the calls."""

        async def answer(request: Any, context: Any) -> Any:
            self.calls[name] += 1
            await ask()
            return request

        return await self._stack.enter_async_context(serving({"Read": answer}))

    async def three(self, ask: Any) -> ToyService:
        last = await self.over("last", ask)
        middle = await self.over("middle", lambda: last.call("Read"))
        return await self.over("first", lambda: middle.call("Read"))


async def test_a_call_through_three_services_tries_an_unavailable_database_only_once() -> None:
    away = Database(f"postgresql://nobody@{listening()}/none")
    async with Layers() as layers:
        first = await layers.three(away.check)
        with pytest.raises(Unavailable):
            await first.call("Read")
        assert layers.calls == {"first": 1, "middle": 1, "last": 1}
    await away.close()


async def test_only_the_direct_caller_retries_a_service_that_is_down() -> None:
    address = listening()
    async with Layers() as layers, open_channel(address, [SERVICE]) as nobody:
        first = await layers.three(lambda: ToyService(nobody, address).call("Member"))
        with pytest.raises(Unavailable):
            await first.call("Read")
        assert layers.calls == {"first": 1, "middle": 1, "last": 1}


async def test_a_server_error_is_not_retried_even_if_its_text_is_that_of_a_lost_connection() -> (
    None
):
    async def quote() -> None:
        raise Unavailable("connections to all backends failing")

    async with Layers() as layers:
        first = await layers.three(quote)
        with pytest.raises(Unavailable):
            await first.call("Read")
        assert layers.calls == {"first": 1, "middle": 1, "last": 1}


async def test_a_call_that_failed_on_a_locked_row_is_not_retried() -> None:
    async def locked() -> None:
        raise Busy

    async with Layers() as layers:
        first = await layers.three(locked)
        with pytest.raises(Busy):
            await first.call("Read")
        assert layers.calls == {"first": 1, "middle": 1, "last": 1}


async def test_calls_on_a_channel_are_no_longer_retried_when_none_succeeds() -> None:
    calls = 0

    async def cut_off(request: Any, context: Any) -> Any:
        nonlocal calls
        calls += 1
        # A proxy or a crashing server answers like this: it does not tell the client not to retry.
        await context.abort(14, "reset")

    async with serving({"Read": cut_off}) as service:
        failures = await asyncio.gather(
            *(service.call("Read", timeout=60) for _ in range(80)), return_exceptions=True
        )
    assert all(isinstance(failure, Unavailable) for failure in failures)
    assert calls < 3 * 80
