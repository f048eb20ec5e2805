"""How a process reacts to signals."""

import asyncio
import signal
from pathlib import Path

import pytest

from servicekit import process
from servicekit.tests.processes import RunningProcess
from tests.fixtures.waiting import wait_until

_SCRIPT = """
import asyncio, structlog
from servicekit import process
from servicekit.telemetry import logs

logs.configure("toy")
log = structlog.get_logger()

async def fail():
    raise ValueError("a loop that ends")

async def serve(stop):
    log.info("up")
    await stop.wait()
    await asyncio.sleep(0.3)
    log.info("finished")

async def start(stop):
    log.info("up")
    try:
        await asyncio.Event().wait()
    finally:
        log.info("cleaned_up")

async def lose_a_loop(stop):
    process.background(fail(), "loop")
    await stop.wait()
    log.info("finished")

process.run({main})
"""


def running(main: str, folder: Path) -> RunningProcess:
    return RunningProcess(["-c", _SCRIPT.format(main=main)], {}, folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_serving_process_finishes_its_work_and_exits_with_status_0(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running("serve", tmp_path) as process:
        process.wait_for("up")
        process.signal(number)
        assert process.wait() == 0
        assert process.events() == ["up", "finished"]


def test_a_second_signal_does_not_shorten_the_shutdown(tmp_path: Path) -> None:
    with running("serve", tmp_path) as process:
        process.wait_for("up")
        for _ in range(5):
            process.signal(signal.SIGTERM)
        assert process.wait() == 0
        assert process.events() == ["up", "finished"]


def test_a_process_that_has_nothing_to_finish_stops_at_once(tmp_path: Path) -> None:
    """Such a process is still waiting for its database, or runs a single job."""
    with running("start", tmp_path) as process:
        process.wait_for("up")
        process.signal(signal.SIGTERM)
        assert process.wait(5) == 128 + signal.SIGTERM
        assert process.events() == ["up", "cleaned_up", "stopped_before_it_ran"]


def test_a_background_loop_that_fails_stops_the_process(tmp_path: Path) -> None:
    with running("lose_a_loop", tmp_path) as process:
        process.wait()
        assert process.events() == ["background_task_failed", "finished"]
        assert "a loop that ends" in process.output()


async def test_by_default_a_failed_background_task_ends_its_own_process(
    calls_to_end: list[int],
) -> None:
    async def fail() -> None:
        raise ValueError("a loop that ends")

    await asyncio.wait([process.background(fail(), "loop")])
    await wait_until(lambda: calls_to_end)
    calls_to_end.clear()
