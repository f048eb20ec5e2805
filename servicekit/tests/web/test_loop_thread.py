"""The bridge between web threads and the event loop."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from servicekit.errors import NotFound, Unavailable
from servicekit.web.loop_thread import LoopThread


@pytest.fixture
def bridge() -> Iterator[LoopThread]:
    bridge = LoopThread()
    yield bridge
    bridge.close()


def test_a_thread_gets_the_result_of_its_work_on_the_event_loop(bridge: LoopThread) -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    assert bridge.run(work()) == "event-loop"


def test_a_thread_gets_the_error_of_its_work_on_the_event_loop(bridge: LoopThread) -> None:
    async def work() -> None:
        raise NotFound("There is no such thing.")

    with pytest.raises(NotFound, match="no such thing"):
        bridge.run(work())


def test_a_timeout_error_of_the_work_itself_reaches_the_thread(bridge: LoopThread) -> None:
    async def work() -> None:
        raise TimeoutError("the provider was slow")

    with pytest.raises(TimeoutError, match="the provider was slow"):
        bridge.run(work())


def test_work_on_the_event_loop_that_takes_too_long_is_cancelled(bridge: LoopThread) -> None:
    cancelled = threading.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(Unavailable):
        bridge.run(work(), timeout=0.05)
    assert cancelled.wait(5)


def test_several_threads_use_the_loop_at_the_same_time(bridge: LoopThread) -> None:
    """Each thread's work waits for all the others, so it could not end one after the other."""
    everybody = asyncio.Barrier(8)

    async def work(number: int) -> int:
        await everybody.wait()
        return number

    with ThreadPoolExecutor(8) as threads:
        results = threads.map(lambda number: bridge.run(work(number), timeout=5), range(8))
        assert list(results) == list(range(8))


def test_closing_the_event_loop_ends_its_thread() -> None:
    bridge = LoopThread()
    bridge.close()
    assert not [t for t in threading.enumerate() if t is bridge._thread]
