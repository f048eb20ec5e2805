"""The worker that serves ``/metrics`` returns the metrics of all workers."""

from pathlib import Path

import pytest

from servicekit.telemetry.exposition import own_metrics
from servicekit.web import shared_metrics
from servicekit.web.shared_metrics import SharedMetrics


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the answers of workers for longer than a busy machine needs."""
    monkeypatch.setattr(shared_metrics, "_SECONDS", 60.0)


async def test_every_worker_has_a_number_of_its_own(tmp_path: Path) -> None:
    workers = [SharedMetrics(tmp_path, 3) for _ in range(3)]
    for worker in workers:
        await worker.open()
    text = await workers[1].read()
    for number in "012":
        assert f'smsblaster_event_loop_lag_seconds{{worker="{number}"}}' in text
    for worker in workers:
        await worker.close()


async def test_a_worker_that_has_ended_is_left_out_and_its_successor_gets_its_number(
    tmp_path: Path,
) -> None:
    first, second, third = (SharedMetrics(tmp_path, 2) for _ in range(3))
    await first.open()
    await second.open()
    await first.close()
    text = await second.read()
    assert 'worker="1"' in text
    assert 'worker="0"' not in text
    await third.open()
    assert 'worker="0"' in await second.read()
    await second.close()
    await third.close()


async def test_a_single_worker_has_no_number(tmp_path: Path) -> None:
    only = SharedMetrics(tmp_path, 1)
    await only.open()
    assert "worker=" not in await only.read()
    assert "smsblaster_event_loop_lag_seconds " in own_metrics()
    await only.close()
