"""Campaigns end to end: each recipient gets one message, and the balance is exact."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.campaigns import app
from services.campaigns.settings import CampaignsSettings
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.marketer import DONE, FAILED, PAUSED, RUNNING, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation, phone
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.usefixtures("sender")


def once_each(size: int, body: str = "Sale today") -> Counter[tuple[str, str]]:
    """Return the messages that the provider must have: `body` once to each of `size` numbers."""
    return Counter((phone(number), body) for number in range(size))


async def test_each_contact_on_the_list_gets_their_own_message_once(
    organisation: Organisation, marketer: Marketer
) -> None:
    people = [
        await organisation.a_contact(0, first_name="Ann", email="ann@acme.com"),
        await organisation.a_contact(1, first_name="Bob {{lastName}}"),
        await organisation.a_contact(2),
        await organisation.a_contact(3, first_name="Out"),
    ]
    await organisation.opt_out(3)
    campaign_id = await marketer.send(
        list_id=await organisation.a_list(people),
        message="Hi {{ firstName }}<br> {{email}} {{phone}}",
    )
    done = await marketer.until(campaign_id, DONE)
    assert done.created_at.ToDatetime() < done.started_at.ToDatetime()
    assert done.started_at.ToDatetime() < done.finished_at.ToDatetime()
    assert organisation.received() == {
        (phone(0), f"Hi Ann<br> ann@acme.com {phone(0)}"): 1,
        (phone(1), f"Hi Bob {{{{lastName}}}}<br> {phone(1)}"): 1,
        (phone(2), f"Hi <br> {phone(2)}"): 1,
    }
    metrics = await marketer.metrics(campaign_id)
    assert (metrics.recipients, metrics.sent, metrics.opted_out) == (4, 3, 1)
    assert (metrics.pending, metrics.failed, metrics.spent_cents) == (0, 0, 3)
    assert await organisation.balance() == 997


async def test_a_list_of_many_chunks_is_sent_completely(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(105))
    await marketer.until(campaign_id, DONE)
    assert organisation.received() == once_each(105)
    assert await organisation.balance() == 1000 - 105


async def test_a_running_campaign_shows_its_pace(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(3))
    done = await marketer.until(campaign_id, DONE)
    assert not done.HasField("messages_per_minute")
    row = await row_of(database, UUID(campaign_id))
    assert row.sampled_at is not None
    running = text(
        "UPDATE sms_campaigns SET status = 'running', next_plan_at = now() + interval '1 hour',"
        " sampled_before_at = NULL, sampled_at = now() - interval '30 seconds', sampled_sent = 1"
        " WHERE id = :id"
    )
    async with database.system() as connection:
        await connection.execute(running, {"id": UUID(campaign_id)})
    found = await marketer.on("GetCampaign", campaign_id)
    assert 3 < found.messages_per_minute <= 4
    assert found.expected_end_at.ToDatetime() > done.finished_at.ToDatetime()


async def test_a_campaign_to_an_empty_list_is_done_at_once(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list())
    await marketer.until(campaign_id, DONE)
    assert (await marketer.metrics(campaign_id)).recipients == 0


async def test_a_recipient_whose_message_would_be_empty_is_counted_as_invalid(
    organisation: Organisation, marketer: Marketer
) -> None:
    people = [await organisation.a_contact(0, first_name="Ann"), await organisation.a_contact(1)]
    campaign_id = await marketer.send(
        list_id=await organisation.a_list(people), message="{{firstName}}"
    )
    await marketer.until(campaign_id, DONE)
    assert organisation.received() == {(phone(0), "Ann"): 1}
    metrics = await marketer.metrics(campaign_id)
    assert (metrics.recipients, metrics.sent, metrics.invalid) == (2, 1, 1)


async def test_eight_planners_send_nothing_twice(
    organisation: Organisation,
    marketer: Marketer,
    campaigns_settings: CampaignsSettings,
    database_url: str,
    common: Callable[[str], dict[str, Any]],
) -> None:
    settings = [
        CampaignsSettings(
            **{**dict(campaigns_settings), **common(database_url), "scheduler": False}
        )
        for _ in range(7)
    ]
    async with asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        for one in settings:
            group.create_task(app.serve(one, stop))
        list_id = await organisation.a_list_of(90)
        ids = [await marketer.send(list_id=list_id, message=f"Sale {n}") for n in range(4)]
        for campaign_id in ids:
            await marketer.until(campaign_id, DONE)
        stop.set()
    expected = [once_each(90, f"Sale {n}") for n in range(4)]
    assert organisation.received() == sum(expected, Counter())
    assert await organisation.balance() == 1000 - 360


async def test_nothing_is_sent_after_a_pause_and_a_resume_sends_the_rest_once(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(150))
    await wait_until(organisation.received, message="some are sent")
    paused = await marketer.on("PauseCampaign", campaign_id)
    assert (paused.status, paused.HasField("status_reason")) == (PAUSED, False)
    await wait_until(organisation.nothing_under_way, message="what was under way has ended")
    before = organisation.received()
    assert 0 < len(before) < 150
    # Senders go on with other campaigns. A released message of this one would be sent first.
    other = await marketer.send(list_id=await organisation.a_list_of(5), message="B")
    await marketer.until(other, DONE)
    assert organisation.received() == before + once_each(5, "B")
    resumed = await marketer.on("ResumeCampaign", campaign_id)
    assert resumed.status == RUNNING
    await marketer.until(campaign_id, DONE)
    assert organisation.received() == once_each(150) + once_each(5, "B")
    assert await organisation.balance() == 1000 - 155


async def test_a_campaign_pauses_when_the_balance_runs_out(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=25)
    marketer = Marketer(campaigns, organisation.person)
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(60))
    paused = await marketer.until(campaign_id, PAUSED)
    assert paused.status_reason == "insufficient_balance"
    await wait_until(lambda: organisation.received() == once_each(25), message="25 are sent")
    assert await organisation.balance() == 0
    await organisation.pay_in(100)
    await marketer.on("ResumeCampaign", campaign_id)
    await marketer.until(campaign_id, DONE)
    assert organisation.received() == once_each(60)
    assert await organisation.balance() == 100 - 35
    metrics = await marketer.metrics(campaign_id)
    assert (metrics.recipients, metrics.sent, metrics.spent_cents) == (60, 60, 60)


async def test_a_recipient_who_opts_out_while_the_balance_is_empty_is_counted_once(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=15)
    marketer = Marketer(campaigns, organisation.person)
    await organisation.opt_out(1, 39)
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(40))
    await marketer.until(campaign_id, PAUSED)
    await wait_until(lambda: len(organisation.received()) == 15, message="15 are sent")
    # In the chunk that was paid in part, some recipients have their message. 30 is in a later
    # chunk.
    await organisation.opt_out(*range(12, 20, 2), 30)
    await organisation.pay_in(100)
    await marketer.on("ResumeCampaign", campaign_id)
    await marketer.until(campaign_id, DONE)
    metrics, texts = await marketer.metrics(campaign_id), len(organisation.received())
    assert (metrics.recipients, metrics.sent, metrics.opted_out) == (40, texts, 40 - texts)
    analytics = await organisation.analytics(campaign_id)
    assert analytics is not None
    assert analytics.opted_out == metrics.opted_out


async def test_a_campaign_fails_when_its_list_is_deleted_while_it_runs(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=15)
    marketer = Marketer(campaigns, organisation.person)
    list_id = await organisation.a_list_of(40)
    campaign_id = await marketer.send(list_id=list_id)
    await marketer.until(campaign_id, PAUSED)
    await organisation.delete_list(list_id)
    await marketer.on("ResumeCampaign", campaign_id)
    failed = await marketer.until(campaign_id, FAILED)
    assert failed.status_reason == "list_deleted"
    assert organisation.received() == once_each(15)


async def test_a_scheduled_campaign_starts_at_its_time(
    organisation: Organisation, marketer: Marketer
) -> None:
    list_id = await organisation.a_list_of(3)
    soon = datetime.now(UTC) + timedelta(seconds=5)
    created = await marketer.create(list_id=list_id, schedule_at=soon)
    assert not organisation.received()
    done = await marketer.until(created.id, DONE)
    assert done.started_at.ToDatetime(UTC) >= soon
    assert organisation.received() == once_each(3)


async def test_a_campaign_pauses_when_the_organisation_has_no_phone_number_to_send_from(
    campaigns: Running, neighbours: Neighbours, database: Database
) -> None:
    organisation = Organisation(neighbours)
    list_id = UUID(await organisation.a_list_of(3))
    campaign_id = await a_campaign(database, organisation.person, "running", list_id=list_id)
    marketer = Marketer(campaigns, organisation.person)
    assert (await marketer.until(str(campaign_id), PAUSED)).status_reason == "no_sender"
