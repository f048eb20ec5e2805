"""Campaigns of removed members stop until another user takes them over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import func, text

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.billing.tests.money import ledger_sum, pay_in
from services.campaigns.campaigns.events.member_removed import MembersRemoved
from services.campaigns.campaigns.usecases.take_back_campaigns import TakeBackCampaigns
from services.campaigns.events.storage import sms_retries
from services.campaigns.tests.builders import a_campaign, at_rest, audit_events, row_of
from services.campaigns.tests.marketer import DONE, DRAFT, PAUSED, RUNNING, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation
from smsblaster.billing.v1.events_pb2 import Noticed
from smsblaster.identity.v1 import events_pb2
from tests.fixtures.customer_events import subscribe, told
from tests.fixtures.running import Person, Running
from tests.fixtures.statements import Counting

SUBJECT = "event.gateway.member_removed"


def removal(person: Person, at: datetime | None = None) -> events_pb2.MemberRemoved:
    event = events_pb2.MemberRemoved(org_id=str(person.org_id), user_id=str(person.user_id))
    event.removed_at.FromDatetime(at or datetime.now(UTC))
    return event


async def tell(database: Database, *events: events_pb2.MemberRemoved) -> None:
    """Pass bus events to the consumer, as the bus does."""
    batch = [Incoming(str(new_id()), SUBJECT, event.SerializeToString()) for event in events]
    await MembersRemoved(TakeBackCampaigns(database, sms_retries.stop_of_member)).handle(batch)


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_url, "tests")
    yield bus
    await bus.close()


@pytest.fixture
async def colleague(organisation: Organisation, campaigns: Running) -> Marketer:
    """Return another member of the organisation."""
    return Marketer(campaigns, Person(organisation.person.org_id))


async def notices(database: Database, person: Person) -> list[Noticed]:
    """Return the notices to the members of an organisation."""
    async with database.system() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM outbox WHERE subject = 'event.campaigns.notice' ORDER BY id")
        )
        found = [Noticed.FromString(payload) for payload in rows.scalars()]
    return [notice for notice in found if notice.org_id == str(person.org_id)]


async def test_webhook_endpoints_get_one_event_that_a_removed_members_campaign_has_paused(
    database: Database,
) -> None:
    gone = Person()
    running = await a_campaign(database, gone, "running")
    await a_campaign(database, gone, "paused")
    await subscribe(database, gone.org_id, "campaign.paused")
    await tell(database, removal(gone))
    await tell(database, removal(gone))
    [(type_, paused)] = await told(database, gone.org_id)
    assert (type_, paused.id) == ("campaign.paused", str(running))  # type: ignore[attr-defined]


async def test_members_get_no_notice_about_an_unconfirmed_draft_of_a_removed_member(
    database: Database,
) -> None:
    gone = Person()
    await a_campaign(database, gone, "draft")
    await tell(database, removal(gone))
    assert not await notices(database, gone)


async def test_a_scheduled_campaign_of_a_removed_member_becomes_a_draft(
    organisation: Organisation, marketer: Marketer, database: Database, bus: Bus
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list(), schedule_at=datetime.now(UTC) + timedelta(days=1)
    )
    event = removal(marketer.person).SerializeToString()
    await bus.publish([BusMessage(SUBJECT, str(new_id()), event)])
    draft = await marketer.until(created.id, DRAFT)
    assert draft.status_reason == "member_removed"
    assert "take it over" in draft.status_message
    assert not draft.HasField("schedule_at")
    said = [each.action for each in await audit_events(database, created.id)]
    assert said == ["campaign_unscheduled"]
    [notice] = await notices(database, marketer.person)
    assert (notice.type, notice.entity_id) == ("campaign_left", created.id)


@pytest.mark.usefixtures("sender")
async def test_a_user_who_starts_a_removed_members_campaign_takes_it_over_and_pays(
    organisation: Organisation,
    marketer: Marketer,
    colleague: Marketer,
    neighbours: Neighbours,
    database: Database,
) -> None:
    await pay_in(neighbours.billing_database, colleague.person, 100)
    created = await marketer.create(
        list_id=await organisation.a_list_of(3),
        schedule_at=datetime.now(UTC) + timedelta(days=1),
    )
    await tell(database, removal(marketer.person))
    started = await colleague.on("SendCampaign", created.id)
    assert not started.HasField("status_reason")
    await colleague.until(created.id, DONE)
    assert await organisation.balance() == 1000
    assert await ledger_sum(neighbours.billing_database, colleague.person) == 97
    await tell(database, removal(marketer.person))
    assert (await row_of(database, UUID(created.id))).status == "done"


async def test_a_running_campaign_of_a_removed_member_pauses_and_another_user_resumes_it(
    organisation: Organisation, marketer: Marketer, colleague: Marketer, database: Database
) -> None:
    campaign_id = await at_rest(database, organisation, "running")
    await tell(database, removal(marketer.person))
    paused = await colleague.on("GetCampaign", campaign_id)
    assert (paused.status, paused.status_reason) == (PAUSED, "member_removed")
    assert (await row_of(database, campaign_id)).held
    resumed = await colleague.on("ResumeCampaign", campaign_id)
    assert resumed.status == RUNNING
    row = await row_of(database, campaign_id)
    assert (row.payer_id, row.held) == (colleague.person.user_id, False)
    assert row.created_by == marketer.person.user_id


async def test_a_campaign_that_a_removed_member_scheduled_is_unscheduled_whoever_created_it(
    organisation: Organisation, marketer: Marketer, colleague: Marketer, database: Database
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await colleague.update(created.id, schedule_at=tomorrow)
    await tell(database, removal(colleague.person))
    assert (await marketer.on("GetCampaign", created.id)).status == DRAFT
    again = await marketer.update(created.id, schedule_at=tomorrow)
    assert again.status == SCHEDULED
    assert not again.HasField("status_reason")


async def test_a_late_or_repeated_bus_event_does_not_stop_campaigns_confirmed_after_the_removal(
    database: Database,
) -> None:
    person = Person()
    before, after = [
        await a_campaign(
            database,
            person,
            "scheduled",
            confirmed_by=person.user_id,
            confirmed_at=func.now() - timedelta(minutes=minutes),
        )
        for minutes in (30, 5)
    ]
    ten_minutes_ago = datetime.now(UTC) - timedelta(minutes=10)
    for _ in range(2):
        await tell(database, removal(person, ten_minutes_ago))
        statuses = [(await row_of(database, each)).status for each in (before, after)]
        assert statuses == ["draft", "scheduled"]


async def test_campaigns_of_other_members_and_organisations_stay_unchanged(
    database: Database,
) -> None:
    gone = Person()
    others = [
        await a_campaign(database, Person(gone.org_id), "running"),
        await a_campaign(database, Person(user_id=gone.user_id), "running"),
    ]
    over = await a_campaign(database, gone, "done")
    await tell(database, removal(gone))
    statuses = [(await row_of(database, each)).status for each in (*others, over)]
    assert statuses == ["running", "running", "done"]


async def test_a_member_with_many_campaigns_costs_as_many_statements_as_one_with_few(
    database: Database, organisation: Organisation, statements_of: Counting
) -> None:
    await subscribe(database, organisation.person.org_id, "campaign.paused")
    counts = []
    for size in (3, 30):
        person = Person(organisation.person.org_id)
        for _ in range(size):
            later = func.now() + timedelta(days=1)
            columns = {"confirmed_by": person.user_id, "next_plan_at": later}
            await a_campaign(database, person, "running", **columns)
        counts.append(await statements_of(partial(tell, database, removal(person))))
    assert counts[0] == counts[1]
    assert len(await told(database, organisation.person.org_id)) == 33
