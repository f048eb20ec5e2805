"""A job records each row that fails with the error, retries it less often, and delays no others."""

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from servicekit.bus.inbox import inbox
from servicekit.db.database import Database
from servicekit.errors import Blocked, Unavailable
from servicekit.failing_items import Item
from servicekit.ids import new_id
from servicekit.isolation import JobItems, one_by_one
from servicekit.jobs import delete_handled
from tests.fixtures.poison import is_recorded, letters, poisoned, recorded, try_again

Result = TypeVar("Result")


def at_once(work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of a coroutine that does not wait for anything."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    raise AssertionError("it waits for something")


class Work:
    """A job's work that raises an error for the rows in ``bad``."""

    def __init__(self, *bad: str, error: Exception | None = None) -> None:
        self.bad = set(bad)
        self.error = error or ValueError("no such thing")
        self.done: list[str] = []
        self.tried: list[str] = []

    async def do(self, item: Item) -> str:
        self.tried.append(item.id)
        if item.id in self.bad:
            raise self.error
        self.done.append(item.id)
        return item.id

    async def do_all(self, items: Sequence[Item]) -> None:
        if any(item.id in self.bad for item in items):
            raise self.error
        self.done += [item.id for item in items]


@pytest.fixture
def job() -> str:
    return f"job-{uuid4().hex}"


@pytest.fixture
def items(database: Database, job: str) -> JobItems:
    return JobItems(database, "kit", job)


async def go(items: JobItems, work: Work, *ids: str) -> None:
    """Run the job once for these rows."""
    async with items.turn() as turn:
        for name in ids:
            item = Item(name)
            await turn.attempt(item, partial(work.do, item))


async def test_a_job_handles_its_good_rows_and_reports_a_bad_one_once(
    database: Database, items: JobItems, job: str
) -> None:
    work = Work("b")
    for _ in range(3):
        await go(items, work, "a", "b", "c")
    assert work.done == ["a", "c"] * 3
    assert work.tried.count("b") == 1
    assert await is_recorded(database, job, "b", "ValueError: no such thing")
    told = [letter for letter in await letters(database) if letter.consumer == f"kit-{job}"]
    assert len(told) == 1


async def test_a_failing_row_is_tried_again_later_and_its_record_is_removed_when_it_succeeds(
    database: Database, items: JobItems, job: str
) -> None:
    work = Work("b")
    await go(items, work, "b")
    await try_again(database)
    await go(items, work, "b")
    [known] = await recorded(database, job)
    assert known.attempts == 2
    await try_again(database)
    work.bad.clear()
    await go(items, work, "b")
    assert await recorded(database, job) == []
    told = [letter for letter in await letters(database) if letter.consumer == f"kit-{job}"]
    assert [letter.HasField("resolved_at") for letter in told] == [False, False, True]
    assert len({letter.letter_id for letter in told}) == 1


async def test_the_record_of_a_failing_row_that_the_job_no_longer_finds_is_removed(
    database: Database, items: JobItems, job: str
) -> None:
    await go(items, Work("b"), "b")
    async with database.system() as connection:
        await connection.execute(
            text("UPDATE failing_items SET next_attempt_at = now() - interval '1 hour'")
        )
    await go(JobItems(database, "kit", job, keeps=True), Work(), "a")
    assert len(await recorded(database, job)) == 1
    await go(items, Work(), "a")
    assert await recorded(database, job) == []


async def test_the_error_unavailable_is_recorded_for_a_row_only_if_other_rows_of_the_job_succeed(
    database: Database, items: JobItems, job: str
) -> None:
    away = Work("a", "b", error=Unavailable("billing is away"))
    await go(items, away, "a", "b")
    assert await recorded(database, job) == []
    away.bad = {"a"}  # billing answers for the other item, so it is up
    for _ in range(3):
        await go(items, away, "a", "b")
        await try_again(database)
    [known] = await recorded(database, job)
    assert (known.item, known.attempts) == ("a", 3)
    told = [letter for letter in await letters(database) if letter.consumer == f"kit-{job}"]
    assert [letter.attempts for letter in told] == [3]


async def test_the_row_of_an_organisation_that_is_already_recorded_as_blocked_is_not_recorded(
    database: Database, items: JobItems, job: str
) -> None:
    await go(items, Work("a", error=Blocked("credentials")), "a", "b")
    assert await recorded(database, job) == []


async def test_an_outage_ends_the_run_of_a_job_and_records_no_row_as_failing(
    database: Database, items: JobItems, job: str
) -> None:
    work = Work(
        "a", error=OperationalError("SELECT 1", {}, psycopg.OperationalError("server closed"))
    )
    with pytest.raises(OperationalError):
        await go(items, work, "a", "b")
    assert await recorded(database, job) == []


async def test_a_locked_row_does_not_stop_the_others(
    database: Database, items: JobItems, job: str
) -> None:
    """Only a row that stays locked causes a dead letter, because a short lock may end by itself."""
    async with database.system() as connection:
        await connection.execute(inbox.insert(), [{"consumer": job, "message_id": m} for m in "ab"])
    update = text(
        "UPDATE inbox SET handled_at = now() WHERE consumer = :job AND message_id = ANY(:ids)"
    )

    async def touch(some: Sequence[Item]) -> None:
        async with database.system() as connection:
            await connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            ids = [item.id for item in some]
            await connection.execute(update, {"job": job, "ids": ids})

    async with database.system() as holding:
        await holding.execute(update, {"job": job, "ids": ["a"]})
        async with items.turn() as turn:
            assert await turn.apply([Item("a"), Item("b")], touch) == 1
    [known] = await recorded(database, job)
    assert known.item == "a"
    assert [each for each in await letters(database) if each.consumer == f"kit-{job}"] == []


@given(
    bad=st.sets(st.integers(0, 40)),
    size=st.integers(0, 40),
)
@settings(max_examples=30)
def test_a_job_handles_all_other_rows_once_whichever_rows_fail(bad: set[int], size: int) -> None:
    work, items = Work(*map(str, bad)), [Item(str(number)) for number in range(size)]
    failed = at_once(one_by_one(items, work.do_all))
    assert {item.id for item, _ in failed} == {str(n) for n in range(size)} & work.bad
    assert sorted(work.done) == sorted(i.id for i in items if i.id not in work.bad)


async def test_an_error_text_with_characters_that_postgres_refuses_is_cleaned_and_recorded(
    database: Database, items: JobItems, job: str
) -> None:
    await go(items, Work("a", error=ValueError("nul \0 and half a pair \ud800" * 50)), "a")
    [known] = await recorded(database, job)
    assert known.cause.startswith("ValueError: nul \ufffd and half a pair ?")


@pytest.fixture(params=["billing", "gateway", "webhooks"])
async def service(
    request: pytest.FixtureRequest, migrated_database: Callable[[str], str]
) -> AsyncIterator[tuple[str, Database]]:
    database = Database(migrated_database(request.param))
    yield request.param, database
    await database.close()


@pytest.mark.poison("billing/forget-handled", "gateway/forget-handled", "webhooks/forget-handled")
async def test_a_row_that_cannot_be_deleted_does_not_stop_the_others(
    service: tuple[str, Database],
) -> None:
    name, database = service
    old = text("INSERT INTO inbox SELECT 'tests', :id, now() - interval '50 days'")
    async with database.system() as connection:
        for message_id in ("bad", "good", str(new_id())):
            await connection.execute(old, {"id": message_id})
    async with poisoned(database, "inbox", "DELETE", "OLD.message_id = 'bad'"):
        await delete_handled(database, name)
        async with database.system() as connection:
            left = await connection.execute(text("SELECT message_id FROM inbox"))
            assert left.scalars().all() == ["bad"]
        assert await is_recorded(database, "forget-handled", "inbox/tests/bad")


async def test_a_job_does_not_call_an_unavailable_service_for_every_row(
    items: JobItems, job: str, database: Database
) -> None:
    asked = 0

    async def ask(_: Sequence[Item]) -> None:
        nonlocal asked
        asked += 1
        raise Unavailable("billing is away")

    async with items.turn() as turn:
        assert await turn.apply([Item(str(number)) for number in range(1000)], ask) == 0
    assert asked < 40
    assert await recorded(database, job) == []
