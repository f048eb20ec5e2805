"""Hints are collected in a transaction and published after its commit, at a limited rate."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from servicekit import hints
from servicekit.db.database import Database
from servicekit.hints import Hint, HintSet, Topic
from servicekit.ids import new_id
from servicekit.throttle import Throttle


@pytest.fixture
async def told(migrated_database: Callable[[str], str]) -> "tuple[Database, list[Hint]]":
    passed_on: list[Hint] = []

    def keep(some: Sequence[Hint]) -> None:
        passed_on.extend(some)

    database = Database(migrated_database("billing"), 1)
    database.pass_on = keep
    return database, passed_on


async def test_hints_are_published_after_the_commit(told: tuple[Database, list[Hint]]) -> None:
    database, passed_on = told
    hint = Hint(new_id(), Topic.BALANCE)
    async with database.org(hint.org_id) as connection:
        hints.note(connection, hint)
        assert not passed_on
    assert passed_on == [hint]
    async with database.system() as connection:
        hints.note(connection, hint)
    assert passed_on == [hint, hint]
    await database.close()


async def test_hints_of_a_failed_transaction_are_not_published(
    told: tuple[Database, list[Hint]],
) -> None:
    database, passed_on = told
    hint = Hint(new_id(), Topic.BALANCE)

    async def fail() -> None:
        async with database.org(hint.org_id) as connection:
            hints.note(connection, hint)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.org(hint.org_id):
        pass
    assert not passed_on
    await database.close()


def test_an_object_that_changes_twice_has_one_hint_with_its_last_version() -> None:
    waiting, id_ = HintSet(), new_id()
    waiting.add("campaign", id_, 1)
    waiting.add("campaign", id_, 2)
    waiting.add("contact", id_, None)
    assert list(waiting.take()) == [("campaign", id_, 2), ("contact", id_, None)]
    assert not list(waiting.take())


def test_changes_of_many_objects_of_one_topic_become_one_hint() -> None:
    waiting = HintSet()
    for _ in range(60):
        waiting.add("contact", new_id(), 1)
    waiting.add("contact", new_id(), 1)
    assert list(waiting.take()) == [("contact", None, None)]


async def test_a_throttled_function_is_called_at_once_and_then_once_an_interval() -> None:
    loop, calls = asyncio.get_running_loop(), [0.0]
    called = asyncio.Event()

    def act() -> None:
        calls.append(loop.time())
        called.set()

    throttle = Throttle(0.2, act)
    for _ in range(2):
        called.clear()
        for _ in range(100):
            throttle.need()
        async with asyncio.timeout(60):
            await called.wait()
    assert len(calls) == 3
    assert calls[2] - calls[1] >= 0.19
    throttle.need()
    throttle.stop()
