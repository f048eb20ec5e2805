"""Read the phone numbers of a batch without keeping other requests waiting."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

from servicekit.phones import Phone
from services.messaging.sending.domain.batches import Entry, Refused, number_of

_T = TypeVar("_T")
_SLICE = 50


async def in_slices(items: Iterable[_T]) -> AsyncIterator[_T]:
    """Iterate over `items`, and let other requests work after each slice of them."""
    for position, item in enumerate(items, 1):
        yield item
        if position % _SLICE == 0:
            await asyncio.sleep(0)


async def numbers_of(entries: Sequence[Entry]) -> list[Phone | Refused]:
    """Return the phone number of each recipient, or why there is none."""
    return [number_of(entry) async for entry in in_slices(entries)]
