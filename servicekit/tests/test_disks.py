"""A disk that does not respond is reported as an outage, and does not block other work."""

import asyncio
import os
from pathlib import Path

import pytest

from servicekit import disks
from servicekit.disks import is_disk_outage, on_disk


async def test_a_file_that_does_not_open_in_time_counts_as_a_disk_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_ANSWER_SECONDS", 0.2)
    hanging = tmp_path / "file"
    os.mkfifo(hanging)  # opening a pipe waits until its other end is opened
    try:
        opening = [on_disk(hanging.open, "rb") for _ in range(50)]
        outcomes = await asyncio.gather(*opening, return_exceptions=True)
        assert all(isinstance(one, OSError) and is_disk_outage(one) for one in outcomes)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "elsewhere"), 10) == "elsewhere"
    finally:
        os.close(os.open(hanging, os.O_RDWR))


async def test_work_on_disk_returns_its_result_or_raises_its_error() -> None:
    assert await on_disk(len, "abc") == 3
    with pytest.raises(FileNotFoundError):
        await on_disk(Path("/nowhere/at/all").open, "rb")
