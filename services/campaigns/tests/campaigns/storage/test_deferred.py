"""Planners, users and bus events change deferred recipients without deadlocks."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.storage import campaigns, deferred
from services.campaigns.tests.builders import a_campaign, row_of
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until


async def make_deferred_due(database: Database, person: Person) -> None:
    async with database.system() as connection:
        await deferred.advance(connection, [person.org_id])


async def somebody_waits(database: Database, person: Person) -> UUID:
    """Insert a running campaign with a recipient deferred for an hour. Return its id."""
    later = datetime.now(UTC) + timedelta(hours=1)
    campaign_id = await a_campaign(database, person, "running", next_plan_at=later)
    async with database.org(person.org_id) as connection:
        await deferred.settle(connection, person.org_id, campaign_id, (), {new_id(): later})
    return campaign_id


async def test_a_bus_event_makes_all_deferred_recipients_of_its_organisation_due(
    database: Database,
) -> None:
    mine, other = Person(), Person()
    ids = {person: await somebody_waits(database, person) for person in (mine, other)}
    await make_deferred_due(database, mine)
    for person, expected in ((mine, True), (other, False)):
        async with database.org(person.org_id) as connection:
            due = await deferred.due(connection, person.org_id, ids[person], 10)
        is_next = (await row_of(database, ids[person])).next_plan_at <= datetime.now(UTC)
        assert (len(due) == 1, is_next) == (expected, expected)


async def test_a_change_of_the_sending_windows_waits_for_a_locked_campaign_and_is_not_lost(
    database: Database,
) -> None:
    person = Person()
    campaign_id = await somebody_waits(database, person)

    async with database.org(person.org_id) as connection:
        await campaigns.find(connection, person.org_id, campaign_id, lock=True)
        bell = asyncio.create_task(make_deferred_due(database, person))
        await wait_until(lambda: somebody_is_blocked(database))
        await deferred.delete_all(connection, person.org_id, campaign_id)
    await bell
    async with database.org(person.org_id) as connection:
        assert await deferred.due(connection, person.org_id, campaign_id, 10) == []
    assert (await row_of(database, campaign_id)).next_plan_at <= datetime.now(UTC)
