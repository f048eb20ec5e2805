"""Who waits for a window: changed by planners, people and the bell without standing in the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.storage import campaigns, plans, waiting
from services.campaigns.storage.plans import Lease, Progress
from services.campaigns.tests.builders import a_campaign, row_of
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

_BLOCKED = text("""
SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def hasten(database: Database, person: Person) -> None:
    async with database.system() as connection:
        await waiting.hasten(connection, [person.org_id])


async def somebody_waits(database: Database, person: Person) -> UUID:
    """A running campaign of ``person`` for which somebody waits an hour; its id."""
    later = in_an_hour()
    campaign_id = await a_campaign(database, person, "running", next_plan_at=later)
    async with database.org(person.org_id) as connection:
        await waiting.settle(connection, person.org_id, campaign_id, (), {new_id(): later})
    return campaign_id


async def test_a_bell_lets_everybody_of_the_organisation_be_due(database: Database) -> None:
    mine, other = Person(), Person()
    ids = {person: await somebody_waits(database, person) for person in (mine, other)}
    await hasten(database, mine)
    for person, expected in ((mine, True), (other, False)):
        async with database.org(person.org_id) as connection:
            due = await waiting.due(connection, person.org_id, ids[person], 10)
        is_next = (await row_of(database, ids[person])).next_plan_at <= datetime.now(UTC)
        assert (len(due) == 1, is_next) == (expected, expected)


async def test_a_bell_waits_for_who_has_the_campaign_and_takes_nothing_from_it(
    database: Database,
) -> None:
    person = Person()
    campaign_id = await somebody_waits(database, person)

    async def blocked() -> bool:
        async with database.system() as watching:
            return bool((await watching.execute(_BLOCKED)).all())

    async with database.org(person.org_id) as connection:
        await campaigns.find(connection, person.org_id, campaign_id, lock=True)
        bell = asyncio.create_task(hasten(database, person))
        await wait_until(blocked)
        await waiting.forget(connection, person.org_id, campaign_id)
    await bell


async def test_a_turn_that_asked_before_the_bell_notes_nothing(database: Database) -> None:
    person = Person()
    lease = await a_lease(database, person)
    await hasten(database, person)
    told = Progress(new_id(), opted_out=1, invalid=1, awaited=(), late={new_id(): in_an_hour()})
    async with database.org(person.org_id) as connection:
        assert not await plans.advance(connection, lease, told, 60)
        await plans.give_back(connection, lease, 60)
        left = await waiting.seconds_left(connection, person.org_id, lease.campaign_id)
    row = await row_of(database, lease.campaign_id)
    assert (left, row.cursor_contact_id, row.opted_out_count) == (None, None, 0)
    assert row.next_plan_at <= datetime.now(UTC)


async def a_lease(database: Database, person: Person) -> Lease:
    campaign_id = await a_campaign(database, person, "running")
    async with database.system() as connection:
        leases = await plans.lease(connection, 100, 60)
    return next(lease for lease in leases if lease.campaign_id == campaign_id)
