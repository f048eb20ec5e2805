"""Shares of a pool: no organisation and no kind of work can use all connections of a process."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import TimeoutError as PoolTimeout

_SMALLEST_DIVIDED_POOL = 4


class ShareInUse(PoolTimeout):
    """One organisation, or one kind of work, already uses all the connections that it may use."""


@dataclass(slots=True)
class _Share:
    places: asyncio.Semaphore
    users: int = field(default=0)


class Shares:
    """Lets each organisation (or other key) use only a part of a pool's connections at a time.

    An organisation that needs more connections waits until one of its own transactions ends. So
    transactions that wait for a locked row of one organisation can't block other organisations.
    """

    def __init__(self, pool_size: int, wait_seconds: float, part: float = 0.5) -> None:
        divided = pool_size >= _SMALLEST_DIVIDED_POOL
        self._places = int(pool_size * part) if divided else pool_size
        self._wait_seconds = wait_seconds
        self._shares: dict[Hashable, _Share] = {}

    @asynccontextmanager
    async def place(self, key: Hashable) -> AsyncIterator[None]:
        """Reserve one of the connections that ``key`` may use, until the ``with`` block ends.

        Raises:
            ShareInUse: No connection became free in time.
        """
        share = self._shares.setdefault(key, _Share(asyncio.Semaphore(self._places)))
        share.users += 1
        try:
            await self._acquire(share.places)
            try:
                yield
            finally:
                share.places.release()
        finally:
            share.users -= 1
            if share.users == 0:
                del self._shares[key]

    async def _acquire(self, places: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await places.acquire()
        except TimeoutError as error:
            message = "This organisation or kind of work already uses all its connections."
            raise ShareInUse(message) from error
