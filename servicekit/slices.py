"""Iterate over many items without keeping other requests waiting."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

_T = TypeVar("_T")
# A slice takes some milliseconds: to read a phone number or to fill a text takes about 0.1.
_SLICE = 50


async def in_slices(items: Iterable[_T], size: int = _SLICE) -> AsyncIterator[_T]:
    """Iterate over ``items``, and let other tasks run after every ``size`` of them."""
    for position, item in enumerate(items, 1):
        yield item
        if position % size == 0:
            await asyncio.sleep(0)
