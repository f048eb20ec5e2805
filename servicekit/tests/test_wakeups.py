"""A commit wakes the background loops for which it stored work. A rollback wakes none."""

from functools import partial

import pytest

from servicekit import wakeups
from servicekit.db.database import Database


async def test_a_commit_wakes_the_background_loops_for_which_it_stored_work(
    database_url: str,
) -> None:
    database, woken = Database(database_url), list[str]()
    for work in ("letters", "parcels"):
        database.wakeups.add(work, partial(woken.append, work))
    async with database.system() as connection:
        wakeups.note(connection, "letters")
        wakeups.note(connection, "letters")
        wakeups.note(connection, "nobody's")
        assert woken == []
    assert woken == ["letters"]
    async with database.system():
        pass
    assert woken == ["letters"]
    await database.close()


async def test_a_rollback_wakes_no_background_loop(database_url: str) -> None:
    database, woken = Database(database_url), list[str]()
    database.wakeups.add("letters", lambda: woken.append("letters"))

    async def fail() -> None:
        async with database.system() as connection:
            wakeups.note(connection, "letters")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert woken == []
    await database.close()
