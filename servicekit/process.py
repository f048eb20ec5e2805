"""The life of a process: start, run until told to stop, finish what is under way, exit."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
import uvloop

log = structlog.get_logger()


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``main`` on a uvloop event loop; its event is set by SIGTERM or SIGINT.

    ``main`` starts the service, waits for the event, and closes what it opened.
    """
    uvloop.run(_until_signalled(main))


async def _until_signalled(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await main(stop)


async def finish(task: asyncio.Task[None], seconds: float) -> None:
    """Cancel a background task and wait until it has ended, ``seconds`` at the most."""
    task.cancel()
    _, late = await asyncio.wait([task], timeout=seconds)
    if late:
        log.warning("task_did_not_end", task=task.get_name())


def background(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Run ``work`` beside the rest; a failure is logged and ends the process.

    A loop that must run for ever and doesn't would leave a process that looks healthy and does
    nothing; its supervisor restarts one that exits.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_exit_on_failure)
    return task


def _exit_on_failure(task: asyncio.Task[None]) -> None:
    if task.cancelled() or task.exception() is None:
        return
    log.critical("background_task_failed", task=task.get_name(), exc_info=task.exception())
    signal.raise_signal(signal.SIGTERM)
