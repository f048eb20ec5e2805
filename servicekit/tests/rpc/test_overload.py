"""If there are more calls than a server can serve in time, it refuses some at once."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from servicekit.errors import DomainError, Unavailable
from servicekit.tests.rpc.toy_contract import SERVICE, Toy, toy
from servicekit.tests.rpc.toy_service import MEMBER, calls_counted, metadata_of, serving
from tests.fixtures.waiting import wait_until

MOST = 5


class Working:
    """A method that returns only when the test allows it."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()

    async def __call__(self, request: Any, context: Any) -> Any:
        self.begun += 1
        await self.may_end.wait()
        return request


async def test_calls_beyond_the_limit_are_refused_at_once_and_the_rest_are_served() -> None:
    working = Working()
    async with serving({"Member": working, "Read": working}, most_calls=MOST) as service:
        taken = [asyncio.ensure_future(service.call("Member", timeout=60)) for _ in range(MOST)]
        await wait_until(lambda: working.begun == MOST)
        before = calls_counted("Read", "UNAVAILABLE")
        began = time.monotonic()
        for _ in range(3):
            with pytest.raises(Unavailable) as refused:
                await service.call("Read", timeout=60)
            assert refused.value.code == "overloaded"
        assert time.monotonic() - began < 10
        # A call is counted after its answer was sent.
        await wait_until(lambda: calls_counted("Read", "UNAVAILABLE") == before + 3)
        working.may_end.set()
        assert await asyncio.gather(*taken) == ["hello"] * MOST
        assert await service.call("Read") == "hello"
    assert working.begun == MOST + 1


async def test_failed_calls_no_longer_count_as_in_progress() -> None:
    async def fail(request: Any, context: Any) -> Any:
        raise RuntimeError

    async with serving({"Member": fail}, most_calls=1) as service:
        for _ in range(3):
            with pytest.raises(DomainError, match="on our side"):
                await service.call("Member")


async def test_a_call_whose_deadline_has_passed_is_not_begun() -> None:
    begun: list[str] = []
    held, gave_up = threading.Event(), threading.Event()

    async def hold_the_loop(request: Any, context: Any) -> Any:
        held.set()
        gave_up.wait(60)
        return request

    async def begin(request: Any, context: Any) -> Any:
        begun.append(request.the_text)
        return request

    async with serving({"Member": hold_the_loop, "Read": begin}) as service:
        with ThreadPoolExecutor() as threads:
            loop = asyncio.get_running_loop()
            late = loop.run_in_executor(threads, _call_late, service.address, held, gave_up)
            await service.call("Member", timeout=120)
            await late
        assert await service.call("Read", "in time", timeout=60) == "in time"
    assert "late" not in begun


def _call_late(address: str, held: threading.Event, gave_up: threading.Event) -> None:
    """Block the server's event loop until the deadline of a call that another thread makes."""
    assert held.wait(60)
    with grpc.insecure_channel(address) as channel:
        method = channel.unary_unary(f"/{SERVICE}/Read", Toy.SerializeToString, Toy.FromString)
        # The server counts from when it gets a call, a moment later than its client. When the
        # second call has timed out, the deadline of the first has passed at the server too.
        for text in ("late", "after it"):
            with pytest.raises(grpc.RpcError) as error:
                method(toy(text), timeout=1, metadata=metadata_of(MEMBER))
            assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        gave_up.set()
