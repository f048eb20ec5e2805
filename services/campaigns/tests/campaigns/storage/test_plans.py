"""Only one planner can lease a campaign, and a planner without the lease stores nothing."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, update

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.telemetry.tracing import tracing
from services.campaigns.campaigns.domain.states import FAIL, FINISH, PAUSE, Status, Transition
from services.campaigns.campaigns.storage import deferred, lifecycle, plans
from services.campaigns.campaigns.storage.plans import Lease, Progress
from services.campaigns.campaigns.storage.tables import sms_campaigns
from services.campaigns.tests.builders import a_campaign, row_of
from tests.fixtures.running import Person

A_MINUTE = 60.0


async def leased(database: Database, limit: int = 100, seconds: float = A_MINUTE) -> list[Lease]:
    async with database.system() as connection:
        return list(await plans.lease(connection, limit, seconds))


async def a_lease(database: Database, person: Person) -> Lease:
    campaign_id = await a_campaign(database, person, "running")
    return next(one for one in await leased(database) if one.campaign_id == campaign_id)


async def advanced(database: Database, lease: Lease) -> bool:
    progress = Progress(new_id(), resumed=(), deferred={})
    async with database.org(lease.org_id) as connection:
        return await plans.save_progress(connection, lease, progress, A_MINUTE)


async def expire(database: Database, lease: Lease) -> None:
    """Expire the lease, as if its planner had died."""
    async with database.org(lease.org_id) as connection:
        await connection.execute(
            update(sms_campaigns)
            .where(sms_campaigns.c.id == lease.campaign_id)
            .values(lease_until=func.now() - timedelta(seconds=1))
        )


async def test_each_campaign_is_leased_to_one_of_eight_planners(database: Database) -> None:
    person = Person()
    mine = {await a_campaign(database, person, "running") for _ in range(20)}
    taken = await asyncio.gather(*(leased(database) for _ in range(8)))
    times = Counter(lease.campaign_id for leases in taken for lease in leases)
    assert {campaign_id: times[campaign_id] for campaign_id in mine} == dict.fromkeys(mine, 1)


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused", "done", "failed"])
async def test_only_running_campaigns_are_leased(database: Database, status: Status) -> None:
    campaign_id = await a_campaign(database, Person(), status)
    assert campaign_id not in {lease.campaign_id for lease in await leased(database)}


async def test_a_campaign_whose_turn_is_not_due_yet_is_not_leased(database: Database) -> None:
    later = func.now() + timedelta(minutes=1)
    campaign_id = await a_campaign(database, Person(), "running", next_plan_at=later)
    assert campaign_id not in {lease.campaign_id for lease in await leased(database)}


async def test_the_campaign_that_has_been_due_longest_comes_first(database: Database) -> None:
    person = Person()
    first, second = [
        await a_campaign(
            database, person, "running", next_plan_at=func.now() - timedelta(days=days)
        )
        for days in (9, 8)
    ]
    assert [lease.campaign_id for lease in await leased(database, limit=1)] == [first]
    assert [lease.campaign_id for lease in await leased(database, limit=1)] == [second]


async def test_saving_the_progress_moves_the_cursor_and_extends_the_lease(
    database: Database,
) -> None:
    lease = await a_lease(database, Person())
    await expire(database, lease)
    assert await advanced(database, lease)
    before = (await row_of(database, lease.campaign_id)).cursor_contact_id
    assert await advanced(database, lease)
    assert (await row_of(database, lease.campaign_id)).cursor_contact_id not in {None, before}
    assert lease.campaign_id not in {other.campaign_id for other in await leased(database)}


async def test_a_planner_whose_lease_has_expired_stores_nothing(
    database: Database,
) -> None:
    first = await a_lease(database, Person())
    await expire(database, first)
    second = next(o for o in await leased(database) if o.campaign_id == first.campaign_id)
    before = await row_of(database, first.campaign_id)
    assert not await advanced(database, first)
    async with database.org(first.org_id) as connection:
        assert not await plans.complete(connection, first)
        assert not await plans.stop(connection, first, FAIL, "list_deleted")
        await plans.give_back(connection, first, A_MINUTE)
    assert await row_of(database, first.campaign_id) == before
    assert await advanced(database, second)


async def test_a_turn_that_began_before_the_sending_windows_changed_stores_nothing(
    database: Database,
) -> None:
    lease = await a_lease(database, Person())
    async with database.system() as connection:
        await deferred.advance(connection, [lease.org_id])
    later = datetime.now(UTC) + timedelta(hours=1)
    told = Progress(new_id(), resumed=(), deferred={new_id(): later})
    async with database.org(lease.org_id) as connection:
        assert not await plans.save_progress(connection, lease, told, A_MINUTE)
        await plans.give_back(connection, lease, A_MINUTE)
        left = await deferred.seconds_left(connection, lease.org_id, lease.campaign_id)
    row = await row_of(database, lease.campaign_id)
    assert (left, row.cursor_contact_id) == (None, None)
    assert row.next_plan_at <= datetime.now(UTC)


async def test_a_planner_stores_its_current_chunk_and_stops_if_the_campaign_was_paused(
    database: Database,
) -> None:
    lease = await a_lease(database, Person())
    async with database.org(lease.org_id) as connection:
        assert await lifecycle.pause(connection, lease.org_id, lease.campaign_id)
    assert not await advanced(database, lease)
    before = await row_of(database, lease.campaign_id)
    assert (before.status, before.cursor_contact_id is None) == ("paused", False)
    async with database.org(lease.org_id) as connection:
        assert not await plans.complete(connection, lease)
        assert not await plans.stop(connection, lease, FINISH, None)
    assert await row_of(database, lease.campaign_id) == before


@pytest.mark.parametrize("transition", [PAUSE, FINISH, FAIL], ids=lambda t: t.target)
async def test_stopping_a_campaign_ends_its_lease(
    database: Database, transition: Transition
) -> None:
    lease = await a_lease(database, Person())
    async with database.org(lease.org_id) as connection:
        assert await plans.stop(connection, lease, transition, "why")
    row = await row_of(database, lease.campaign_id)
    assert (row.status, row.status_reason) == (transition.target, "why")
    assert (row.lease_token, row.lease_until) == (None, None)


async def test_after_its_turn_a_campaign_is_due_in_the_given_seconds(database: Database) -> None:
    lease = await a_lease(database, Person())
    async with database.org(lease.org_id) as connection:
        await plans.give_back(connection, lease, 0)
    (again,) = [o for o in await leased(database) if o.campaign_id == lease.campaign_id]
    async with database.org(lease.org_id) as connection:
        await plans.give_back(connection, again, A_MINUTE)
    assert lease.campaign_id not in {other.campaign_id for other in await leased(database)}


async def test_a_bus_event_makes_only_campaigns_of_its_own_organisation_due(
    database: Database,
) -> None:
    person = Person()
    later = func.now() + timedelta(minutes=1)
    rung, other = [
        await a_campaign(database, person, "running", next_plan_at=later) for _ in range(2)
    ]
    async with database.system() as connection:
        await plans.advance(connection, [(person.org_id, rung), (Person().org_id, other)])
    ids = {lease.campaign_id for lease in await leased(database)}
    assert rung in ids
    assert other not in ids


async def test_the_first_turn_continues_the_trace_of_the_start_if_it_is_sampled(
    database: Database,
) -> None:
    person, header = Person(), f"00-{new_id().hex}-{new_id().hex[:16]}-01"
    campaign_id = await a_campaign(database, person, "draft")
    with tracing(header):
        async with database.org(person.org_id) as connection:
            await lifecycle.start(
                connection, person.org_id, campaign_id, "Hi", person.user_id, None
            )
    first = next(one for one in await leased(database) if one.campaign_id == campaign_id)
    assert first.trace_to_continue == header
    assert await advanced(database, first)
    await expire(database, first)
    second = next(one for one in await leased(database) if one.campaign_id == campaign_id)
    assert second.trace_to_continue is None
