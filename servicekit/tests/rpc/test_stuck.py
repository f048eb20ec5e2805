"""While a lock blocks a method for all callers, one call waits and the others are refused."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from servicekit.errors import Busy
from servicekit.tests.rpc.toy_service import MEMBER, ToyService, serving
from tests.fixtures.waiting import wait_until


class Table:
    """A table that two methods read. While it is locked, they wait for it and then give up."""

    def __init__(self) -> None:
        self.locked = True
        self.waiting = 0
        self.give_up = asyncio.Event()

    async def __call__(self, request: Any, context: Any) -> Any:
        if self.locked:
            self.waiting += 1
            await self.give_up.wait()
            self.waiting -= 1
            raise Busy
        return request


async def call(service: ToyService, method: str) -> str:
    """Call a method for an organisation that has not called before."""
    return await service.call(method, identity=replace(MEMBER, org_id=uuid4()), timeout=60)


async def meet_the_lock(service: ToyService, table: Table, method: str) -> None:
    """Make calls of three organisations wait for the locked table until they give up."""
    calls = [asyncio.ensure_future(call(service, method)) for _ in range(3)]
    await wait_until(lambda: table.waiting == 3)
    table.give_up.set()
    assert all(isinstance(e, Busy) for e in await asyncio.gather(*calls, return_exceptions=True))
    table.give_up.clear()


async def test_while_one_call_tests_a_blocked_table_the_others_are_refused() -> None:
    table = Table()
    async with serving({"Read": table, "Member": table}) as service:
        await meet_the_lock(service, table, "Read")
        trying = asyncio.ensure_future(call(service, "Read"))
        await wait_until(lambda: table.waiting == 1)
        for _ in range(3):
            with pytest.raises(Busy):
                await call(service, "Read")
        assert table.waiting == 1
        table.give_up.set()
        with pytest.raises(Busy):
            await trying
        table.locked = False
        answers = [await call(service, "Read")]
        answers += await asyncio.gather(*(call(service, "Read") for _ in range(5)))
        assert answers == ["hello"] * 6


async def test_a_lock_of_one_organisation_does_not_affect_others() -> None:
    table = Table()
    table.give_up.set()
    async with serving({"Read": table}) as service:
        for _ in range(6):
            with pytest.raises(Busy):
                await service.call("Read")
        table.give_up.clear()
        others = [asyncio.ensure_future(call(service, "Read")) for _ in range(4)]
        await wait_until(lambda: table.waiting == 4)
        table.give_up.set()
        await asyncio.wait(others)
