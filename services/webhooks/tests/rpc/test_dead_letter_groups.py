"""Operators see dead letters by consumer and error, and replay a group with a reason."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, Unavailable
from servicekit.identity import Identity
from servicekit.ids import new_id
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.storage import dead_letter_groups, dead_letters
from services.webhooks.storage.dead_letter_groups import CountedGroup, Group
from services.webhooks.tests.serving import Service
from services.webhooks.usecases.replay_dead_letter_group import ReplayDeadLetterGroup

OPERATOR = Identity("gateway", new_id(), new_id(), "Ops", frozenset({"owner", "ADMIN"}))


@pytest.fixture
def database(service: Service) -> Database:
    return service.database


@pytest.fixture
def consumer() -> str:
    """Return the name of a consumer that no other test uses."""
    return f"consumer-{new_id().hex}"


async def add(
    database: Database, consumer: str, *errors: str, subject: str = "event.gateway.audit"
) -> list[UUID]:
    """Store a dead letter for each error. Return their ids."""
    letters = [DeadLetter(consumer, subject, str(new_id()), b"x", error, 5) for error in errors]
    async with database.system() as connection:
        await dead_letters.add(connection, letters)
    return [letter.id for letter in letters]


async def groups(database: Database, consumer: str) -> Sequence[CountedGroup]:
    async with database.system() as connection:
        return await dead_letter_groups.counted(connection, consumer)


async def test_errors_that_differ_only_in_ids_and_numbers_are_one_group(
    database: Database, consumer: str
) -> None:
    await add(database, consumer, f"no row {new_id()}", f"no row {new_id()}", "took 12 s")
    found = [(group.error, group.count) for group in await groups(database, consumer)]
    assert found == [("no row #", 2), ("took # s", 1)]


async def test_a_group_of_dead_letters_about_failing_rows_of_a_job_cannot_be_replayed(
    database: Database, consumer: str
) -> None:
    await add(database, consumer, "bad", subject="item.billing.verify-ledger")
    [group] = await groups(database, consumer)
    assert not group.replayable
    use_case = ReplayDeadLetterGroup(database, _never)
    with pytest.raises(Conflict):
        await use_case.replay(OPERATOR, Group(consumer, "bad"), "fixed", 10)


async def test_replaying_a_group_reports_each_dead_letter_and_continues_after_a_failure(
    database: Database, consumer: str
) -> None:
    first, bad, last = await add(database, consumer, "error 1", "error 2", "error 3")
    replayed = []

    async def replay(letter_id: UUID) -> None:
        if letter_id == bad:
            raise Unavailable("The bus can't be reached.")
        replayed.append(letter_id)
        async with database.system() as connection:
            await dead_letters.mark_replayed(connection, [letter_id])

    made = await ReplayDeadLetterGroup(database, replay).replay(
        OPERATOR, Group(consumer, "error #"), "The bug is fixed", 10
    )
    assert [(item.id, item.outcome) for item in made.items] == [
        (first, "replayed"),
        (bad, "failed"),
        (last, "replayed"),
    ]
    assert made.items[1].error == "The bus can't be reached."
    assert made.remaining == 1
    assert replayed == [first, last]


async def test_a_replay_stops_at_the_limit_and_reports_how_many_remain(
    database: Database, consumer: str
) -> None:
    await add(database, consumer, "error 1", "error 2", "error 3")

    async def replay(letter_id: UUID) -> None:
        async with database.system() as connection:
            await dead_letters.mark_replayed(connection, [letter_id])

    use_case = ReplayDeadLetterGroup(database, replay)
    made = await use_case.replay(OPERATOR, Group(consumer, "error #"), "fixed", 2)
    assert (len(made.items), made.remaining) == (2, 1)


async def _never(_letter_id: UUID) -> None:
    raise AssertionError("nothing is replayed")
