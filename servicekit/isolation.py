"""One bad item stops nobody: how jobs go through organisations, messages or rows.

::

    async with self._items.turn() as turn:
        for org_id in org_ids:
            await turn.attempt(Item.org(org_id), partial(self._poll, org_id))

An item that fails is put on record with its cause (``servicekit.failing_items``), left alone for
a while that grows, and taken off the record when it succeeds. An outage is not an item's fault:

- the database or the bus is away, or the disk is full: the turn ends, and the job tries all of it
  again;
- another part or a provider is away (``Unavailable``, ``TooManyRequests``, no connection), or a row
  is locked: the item is for later. It goes on record only where the same turn succeeded with
  others, which says that the part is there;
- ``Blocked``: the organisation is on record already.
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
"""How long a turn goes on in which nothing succeeds and everything is unavailable."""


def is_away(error: Exception) -> bool:
    """Whether ``error`` means that what every item needs is away: database, bus or disk."""
    if is_outage(error):
        return not is_contention(error)
    if isinstance(error, OSError):
        return isinstance(error, NatsError) or is_disk_outage(error)
    return isinstance(error, NatsError)


def may_pass(error: Exception) -> bool:
    """Whether ``error`` may pass by itself, although it says nothing of other items."""
    return is_contention(error) or isinstance(error, _PASSING)


async def one_by_one(
    items: Sequence[Thing], work: Callable[[Sequence[Thing]], Awaitable[object]]
) -> Sequence[tuple[Thing, Exception]]:
    """Do ``work`` for as many ``items`` at once as can be; the others, with their errors.

    ``work`` does all it is given, or raises and does nothing. Where it fails for several it is
    tried with each half of them, so that only the bad ones are left. Raises what would fail all.
    """
    return await _halve(items, work, _Patience())


class _Patience:
    """How much is tried while what is needed may be locked, or away, for all items alike."""

    def __init__(self) -> None:
        self._waits = 0
        self._until = time.monotonic() + _PATIENT_SECONDS

    def ends_with(self, error: Exception) -> bool:
        """Whether to try no further after ``error``."""
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

    An item that the job meets no longer is taken off the record some time later: it was dealt with
    in another way, or is gone. Unless the job ``keeps`` its items, because the record is what it
    finds them by.
    """

    def __init__(self, database: Database, service: str, job: str, *, keeps: bool = False) -> None:
        self._database = database
        self._name = JobName(service, job)
        self._keeps = keeps

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Turn"]:
        """Go through items once."""
        async with self._database.system() as connection:
            known = await failing_items.of_job(connection, self._name.job)
        turn = Turn(self._database, self._name, known)
        yield turn
        await turn.close()
        if not self._keeps:
            await turn.drop_gone()


class Turn:
    """One run through a job's items. ``known``: those that failed before."""

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
        """Whether ``item`` failed a short while ago and is not to be tried yet."""
        self._met.add(item)
        known = self._known.get(item.id)
        return known is not None and known.left_alone

    def due_again(self, org_id: UUID) -> Sequence[Item]:
        """Items of an organisation that failed before and are to be tried again now."""
        return [
            failing.item
            for failing in self._known.values()
            if failing.item.org_id == org_id and not failing.left_alone
        ]

    async def attempt(self, item: Item, work: Callable[[], Awaitable[Result]]) -> Result | None:
        """Do ``work`` for ``item``; its result, None where it was not done.

        Raises what says that all items would fail alike.
        """
        if self.is_left_alone(item):
            return None
        try:
            result = await work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other items go on)
            await self._judge(item, error)
            return None
        await self.succeeded(item)
        return result

    async def attempt_all(
        self,
        works: Iterable[tuple[Item, Callable[[], Awaitable[object]]]],
        at_once: int,
    ) -> None:
        """``attempt`` each item with its work, up to ``at_once`` at a time.

        Raises what says that all items would fail alike; those that were begun are cut off.
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

    async def try_first(self, item: Item, work: Callable[[], Awaitable[object]]) -> None:
        """Do ``work``, the first half of what is to be done for ``item``; it settles nothing."""
        if self.is_left_alone(item):
            return
        try:
            await work()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other items go on)
            await self._judge(item, error)

    async def attempt_part(self, item: Item, work: Callable[[], Awaitable[object]]) -> None:
        """Do ``work`` for ``item``, a part of the item that is being attempted.

        Raises what may pass by itself too: the whole then counts as not done.
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
        """Do ``work`` for all ``items`` at once, or as many as can be; how many that were.

        ``work`` does all it is given, or raises and does nothing.
        """
        items = [item for item in items if not self.is_left_alone(item)]
        bad = await one_by_one(items, work)
        failed = {item for item, _ in bad}
        await self.succeeded(*(item for item in items if item not in failed))
        for item, error in bad:
            await self._judge(item, error)
        return len(items) - len(bad)

    async def failed(self, item: Item, error: Exception) -> None:
        """Put on record that ``item`` failed, and leave it alone for a while."""
        async with self._database.system() as connection:
            await failing_items.record(connection, self._name, item, error, may_pass(error))
        self._known[item.id] = Failing(item, left_alone=True)

    async def succeeded(self, *items: Item) -> None:
        """Take items off the record that were on it."""
        self._succeeded += len(items)
        for item in items:
            if item.id in self._known:
                async with self._database.system() as connection:
                    await failing_items.resolve(connection, self._name, item.id)
                del self._known[item.id]

    async def close(self) -> None:
        """Put items on record that were unavailable although others were not."""
        if not self._unavailable:
            return
        log.warning("items_wait", job=self._name.job, items=len(self._unavailable))
        for item, error in self._unavailable if self._succeeded else ():
            await self.failed(item, error)

    async def drop_gone(self) -> None:
        """Take items off the record that were due long ago and that this turn has not met."""
        for failing in [*self._known.values()]:
            if failing.overdue and failing.item not in self._met:
                await self.succeeded(failing.item)

    async def _judge(self, item: Item, error: Exception) -> None:
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
