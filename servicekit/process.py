"""The life of a process: start, run until told to stop, finish the current work, exit."""

import asyncio
import ctypes
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Literal

import structlog
import uvloop

log = structlog.get_logger()

_NEW_OBJECTS = 20_000
_PR_SET_PDEATHSIG = 1
ONLY_OURS = 0o077
"""The umask with which new files get mode 0600 and new folders 0700."""
_to_the_end: set[asyncio.Task[None]] = set()


def _terminate() -> None:
    signal.raise_signal(signal.SIGTERM)


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``main`` on a uvloop event loop. SIGTERM and SIGINT set the event that ``main`` gets.

    ``main`` starts the service, waits for the event, and closes what it opened. If a signal comes
    before ``main`` waits for the event, ``main`` is stopped at once, because nothing needs to be
    finished. The process then exits with status 128 + the signal's number.

    Only the process's own user can read the files that it writes.
    """
    os.umask(ONLY_OURS)
    uvloop.run(_until_signalled(main))


def stop_with_parent(parent: int) -> None:
    """Have the kernel send this process SIGTERM when its parent dies, on Linux.

    A web worker whose server was killed would otherwise serve for ever, and keep the port.

    Args:
        parent: The pid of the parent before the fork. It may have died since then.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        _terminate()


def freeze_gc() -> None:
    """Exclude everything allocated so far from garbage collection.

    A full collection of modules, contract and routes stops every thread for a tenth of a second.
    Collections are also made rarer than by default, because most objects are freed by their
    reference counts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


async def finish(task: asyncio.Task[None], seconds: float) -> None:
    """Cancel a background task and wait until it has ended, at most ``seconds``."""
    task.cancel()
    _, late = await asyncio.wait([task], timeout=seconds)
    if late:
        log.warning("task_did_not_end", task=task.get_name())


async def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` even if this task is cancelled meanwhile.

    This is for cleaning up, which must not be interrupted when a caller disconnects.
    """
    task = asyncio.create_task(work, name="run_to_end")
    _to_the_end.add(task)
    task.add_done_callback(_to_the_end.discard)
    await asyncio.shield(task)


def raise_if_cancelled() -> None:
    """Raise ``CancelledError`` if this task was cancelled, but a library has swallowed the error.

    nats-py does so while it writes. ``asyncio.wait_for`` (before Python 3.12) does so if the
    awaited work ends at that moment. A loop that calls this function in each round can be cancelled
    nevertheless.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def background(
    work: Coroutine[Any, Any, None],
    name: str,
    stop: Callable[[], None] = _terminate,
) -> asyncio.Task[None]:
    """Run ``work`` in the background; a failure is logged and stops the process.

    If a loop that must run for ever failed and the process went on, it would look healthy and do
    nothing. Its supervisor restarts a process that exits.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(partial(_stop_on_failure, stop))
    return task


def failure_of(task: asyncio.Task[None]) -> BaseException | None:
    """Return the error of a background task; None if it runs or has ended well."""
    return task.exception() if task.done() and not task.cancelled() else None


class _Stop(asyncio.Event):
    """An event that a signal sets. It also tells whether anything waits for it yet."""

    awaited = False

    async def wait(self) -> Literal[True]:
        """Wait until a signal comes."""
        self.awaited = True
        return await super().wait()


async def _until_signalled(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = _Stop()
    work = asyncio.ensure_future(main(stop))
    came = []

    def on_signal(number: signal.Signals) -> None:
        came.append(number)
        stop.set()
        if not stop.awaited:
            work.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    with suppress(asyncio.CancelledError):
        return await work
    log.info("stopped_before_it_ran")
    raise SystemExit(128 + came[0])


def _stop_on_failure(stop: Callable[[], None], task: asyncio.Task[None]) -> None:
    failure = failure_of(task)
    if failure is not None:
        log.critical("background_task_failed", task=task.get_name(), exc_info=failure)
        stop()
