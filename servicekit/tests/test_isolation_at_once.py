"""A job can handle several rows at a time, and a row that fails does not stop the others."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from nats.errors import Error as BusAway

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from tests.fixtures.poison import recorded

AT_ONCE = 4


class Busy:
    """A job's work that counts how many rows are handled at the same time."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        self.errors = errors
        self.under_way = 0
        self.most = 0
        self.done: set[str] = set()
        self._all_at_it = asyncio.Event()

    def work(self, name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.under_way == AT_ONCE:
                self._all_at_it.set()
            try:
                await self._all_at_it.wait()
                if name in self.errors:
                    raise self.errors[name]
                self.done.add(name)
            finally:
                self.under_way -= 1

        return work


async def go(database: Database, job: str, busy: Busy, names: list[str]) -> None:
    async with JobItems(database, "kit", job).turn() as turn:
        await turn.attempt_all(((Item(name), busy.work(name)) for name in names), AT_ONCE)


async def test_a_row_that_fails_does_not_stop_rows_that_the_job_handles_at_the_same_time(
    database: Database,
) -> None:
    names, job = [str(number) for number in range(20)], f"job-{uuid4().hex}"
    busy = Busy({"7": ValueError("no such thing")})
    await go(database, job, busy, names)
    assert busy.most == AT_ONCE
    assert busy.done == set(names) - {"7"}
    assert [found.item for found in await recorded(database, job)] == ["7"]


async def test_an_error_that_would_occur_for_all_rows_ends_the_run_of_a_job(
    database: Database,
) -> None:
    names, job = [str(number) for number in range(20)], f"job-{uuid4().hex}"
    busy = Busy({"1": BusAway()})
    with pytest.raises(BusAway):
        await go(database, job, busy, names)
    assert busy.under_way == 0
    assert len(busy.done) < len(names)
    assert await recorded(database, job) == []
