"""Isolate failing items: one bad item must not stop a job for all others.

::

    async with self._items.turn() as turn: for org_id in org_ids: await
            turn.attempt(Item.org(org_id), partial(self._poll, org_id))

An item that fails is recorded with its cause (``servicekit.failing_items``). It is tried again
after growing pauses, and its record is removed when it succeeds. An outage is not an item's fault:

- the database or the bus can't be reached, or the disk is full: the turn ends, and the job tries
  all items again later;
- another service or a provider can't be reached (``Unavailable``, ``TooManyRequests``, no
  connection), or a row is locked: the item is tried later. It is recorded only if the same turn
  succeeded with other items, which shows that the other service works;
- ``Blocked``: nothing more is recorded, because the organisation is recorded already.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import structlog
from nats.errors import Error as NatsError

from servicekit import failing_items
from servicekit.db.database import Database, is_contention, is_outage
from servicekit.disks import is_disk_outage
from servicekit.errors import Blocked, TooManyRequests, Unavailable
from servicekit.failing_items import Failing, Item, JobName

log = structlog.get_logger()

Result = TypeVar("Result")
Thing = TypeVar("Thing")

_PASSING = (Unavailable, TooManyRequests, ConnectionError, TimeoutError)
_MOST_WAITS = 15
_PATIENT_SECONDS = 20.0
_FRUITLESS_SECONDS = 60.0
"""Seconds after which a turn ends if no item has succeeded and all were unavailable."""


def is_away(error: Exception) -> bool:
    """Tell whether ``error`` means that the database, the bus or the disk can't be used at all.

    Every item of a job would then fail.
    """
    if is_outage(error):
        return not is_contention(error)
    if isinstance(error, OSError):
        return isinstance(error, NatsError) or is_disk_outage(error)
    return isinstance(error, NatsError)


def may_pass(error: Exception) -> bool:
    """Tell whether ``error`` may pass by itself.

    The error concerns only this item, and the next attempt may succeed.
    """
    return is_contention(error) or isinstance(error, _PASSING)


async def one_by_one(
    items: Sequence[Thing], work: Callable[[Sequence[Thing]], Awaitable[object]]
) -> Sequence[tuple[Thing, Exception]]:
    """Do ``work`` for all ``items`` at once or in parts; return the items that failed.

    Each failed item comes with its error. ``work`` handles all items that it is given, or raises
    and handles none. If it fails for several items, it is tried with each half of them, until only
    the bad ones are left. Raises errors that every item would meet.
    """
    return await _halve(items, work, _Patience())


class _Patience:
    """Decides when a turn ends early, because something that all items need may be unavailable."""

    def __init__(self) -> None:
        self._waits = 0
        self._until = time.monotonic() + _PATIENT_SECONDS

    def ends_with(self, error: Exception) -> bool:
        """Tell whether the turn must end after ``error``."""
        self._waits += may_pass(error)
        return may_pass(error) and (self._waits > _MOST_WAITS or time.monotonic() > self._until)


async def _halve(
    items: Sequence[Thing],
    work: Callable[[Sequence[Thing]], Awaitable[object]],
    patience: _Patience,
) -> Sequence[tuple[Thing, Exception]]:
    if not items:
        return ()
    try:
        await work(items)
    except Exception as error:
        if is_away(error):
            raise
        if len(items) == 1 or patience.ends_with(error):
            return [(item, error) for item in items]
        half = len(items) // 2
        first = await _halve(items[:half], work, patience)
        return [*first, *await _halve(items[half:], work, patience)]
    return ()


class JobItems:
    """The items of one job of a service.

    If the job no longer finds an item, its record is removed some time later: the item was handled
    in another way or deleted. With ``keeps`` the record stays, for jobs that find their items by
    these records.
    """

    def __init__(self, database: Database, service: str, job: str, *, keeps: bool = False) -> None:
        self._database = database
        self._name = JobName(service, job)
        self._keeps = keeps

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Turn"]:
        """Begin a turn: one run of the job through its items, within the ``with`` block."""
        async with self._database.system() as connection:
            known = await failing_items.of_job(connection, self._name.job)
        turn = Turn(self._database, self._name, known)
        yield turn
        await turn.close()
        if not self._keeps:
            await turn.drop_gone()


class Turn:
    """One run through a job's items. ``known`` are the items that failed before."""

    def __init__(self, database: Database, name: JobName, known: Sequence[Failing]) -> None:
        self._database = database
        self._name = name
        self._known = {failing.item.id: failing for failing in known}
        self._succeeded = 0
        self._unavailable: list[tuple[Item, Exception]] = []
        self._began = time.monotonic()
        self._met: set[Item] = set()

    @property
    def known(self) -> set[Item]:
        """The items that failed when they were last tried."""
        return {failing.item for failing in self._known.values()}

    def is_left_alone(self, item: Item) -> bool:
        """Tell whether ``item`` failed a short while ago and must not be tried yet."""
        self._met.add(item)
        known = self._known.get(item.id)
        return known is not None and known.left_alone

    def due_again(self, org_id: UUID) -> Sequence[Item]:
        """Return the organisation's items that failed before and may be tried again now."""
        return [
            failing.item
            for failing in self._known.values()
            if failing.item.org_id == org_id and not failing.left_alone
        ]

    async def attempt(self, item: Item, work: Callable[[], Awaitable[Result]]) -> Result | None:
        """Do ``work`` for ``item``; return its result, or None if it was not done.

        Raises errors that every item would meet.
        """
        if self.is_left_alone(item):
            return None
        try:
            result = await work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other items go on)
            await self._record_or_raise(item, error)
            return None
        await self.succeeded(item)
        return result

    async def attempt_all(
        self,
        works: Iterable[tuple[Item, Callable[[], Awaitable[object]]]],
        at_once: int,
    ) -> None:
        """Call ``attempt`` for each item with its work, up to ``at_once`` at a time.

        Raises errors that every item would meet; attempts that have begun are cancelled.
        """
        waiting = iter(works)

        async def take_turns() -> None:
            for item, work in waiting:
                await self.attempt(item, work)

        tasks = [asyncio.create_task(take_turns()) for _ in range(at_once)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def try_first(self, item: Item, work: Callable[[], Awaitable[object]]) -> bool:
        """Do ``work``, the first half of the work for ``item``; return whether it was done.

        Only a failure is recorded.
        """
        if self.is_left_alone(item):
            return False
        try:
            await work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other items go on)
            await self._record_or_raise(item, error)
            return False
        return True

    async def attempt_part(self, item: Item, work: Callable[[], Awaitable[object]]) -> None:
        """Do ``work`` for ``item``, which is a part of the item that ``attempt`` handles now.

        An error that may pass by itself is raised, so that the larger item counts as not done.
        """
        if self.is_left_alone(item):
            return
        try:
            await work()
        except Exception as error:
            if is_away(error) or may_pass(error):
                raise
            await self.failed(item, error)
        else:
            await self.succeeded(item)

    async def apply(
        self, items: Sequence[Item], work: Callable[[Sequence[Item]], Awaitable[object]]
    ) -> int:
        """Do ``work`` for all ``items`` at once, or for as many as possible; return the count.

        ``work`` handles all items that it is given, or raises and handles none.
        """
        items = [item for item in items if not self.is_left_alone(item)]
        bad = await one_by_one(items, work)
        failed = {item for item, _ in bad}
        await self.succeeded(*(item for item in items if item not in failed))
        for item, error in bad:
            await self._record_or_raise(item, error)
        return len(items) - len(bad)

    async def failed(self, item: Item, error: Exception) -> None:
        """Record that ``item`` failed, so that it is not tried for a while."""
        async with self._database.system() as connection:
            await failing_items.record(connection, self._name, item, error, may_pass(error))
        self._known[item.id] = Failing(item, left_alone=True)

    async def succeeded(self, *items: Item) -> None:
        """Remove the records of items that succeeded."""
        self._succeeded += len(items)
        for item in items:
            if item.id in self._known:
                async with self._database.system() as connection:
                    await failing_items.resolve(connection, self._name, item.id)
                del self._known[item.id]

    async def close(self) -> None:
        """Record the items that failed as unavailable, if other items succeeded."""
        if not self._unavailable:
            return
        log.warning("items_wait", job=self._name.job, items=len(self._unavailable))
        for item, error in self._unavailable if self._succeeded else ():
            await self.failed(item, error)

    async def drop_gone(self) -> None:
        """Remove the records of items that were due long ago and that the job did not find now."""
        for failing in [*self._known.values()]:
            if failing.overdue and failing.item not in self._met:
                await self.succeeded(failing.item)

    async def _record_or_raise(self, item: Item, error: Exception) -> None:
        if is_away(error):
            raise error
        if isinstance(error, Blocked):
            log.info("item_is_blocked", job=self._name.job, item=item.id, code=error.code)
        elif may_pass(error):
            self._unavailable.append((item, error))
            if not self._succeeded and time.monotonic() - self._began > _FRUITLESS_SECONDS:
                raise error
        else:
            await self.failed(item, error)
