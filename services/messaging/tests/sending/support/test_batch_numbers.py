"""A large batch lets other requests work while its numbers are read."""

import asyncio

from services.messaging.sending.domain.batches import same_text
from services.messaging.sending.support.batch_numbers import numbers_of


async def test_other_work_goes_on_while_a_large_batch_is_read() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    numbers = await numbers_of(same_text(f"+1415600{n:04}" for n in range(1000)))
    other.cancel()
    assert len(numbers) == 1000
    assert turns >= 19
