"""Iterating over many items lets other tasks run in between."""

import asyncio

from servicekit.slices import in_slices


async def test_other_tasks_run_after_each_slice_of_a_long_loop() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    items = [item async for item in in_slices(range(1000), size=20)]
    other.cancel()
    assert items == list(range(1000))
    assert turns >= 49
