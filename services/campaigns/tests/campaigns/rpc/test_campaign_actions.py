"""Users start, delete and duplicate campaigns, and read their metrics."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput
from servicekit.ids import new_id
from services.campaigns.campaigns.storage import deferred
from services.campaigns.tests.builders import (
    a_campaign,
    a_template,
    at_rest,
    fields_of,
    row_of,
)
from services.campaigns.tests.marketer import DRAFT, PAUSED, RUNNING, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


async def test_a_started_campaign_keeps_its_text_and_loses_its_schedule(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person, "Hi {{firstName}}")
    created = await marketer.create(
        list_id=await organisation.a_list(), template_id=str(template_id), schedule_at=tomorrow()
    )
    started = await marketer.on("SendCampaign", created.id)
    assert started.status == RUNNING
    assert started.HasField("started_at")
    assert not started.HasField("schedule_at")
    assert (await row_of(database, UUID(created.id))).body == "Hi {{firstName}}"


async def test_a_campaign_cannot_start_without_a_phone_number_to_send_from(
    neighbours: Neighbours, campaigns: Running
) -> None:
    organisation = Organisation(neighbours)
    marketer = Marketer(campaigns, organisation.person)
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await marketer.on("SendCampaign", created.id)
    assert caught.value.code == "no_sender"
    assert await marketer.on("GetCampaign", created.id) == created


async def test_a_campaign_cannot_start_with_placeholders_that_contacts_lack(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person, "Seat {{seat}}")
    campaign_id = await at_rest(database, organisation, template_id=template_id)
    with pytest.raises(InvalidInput) as caught:
        await marketer.on("SendCampaign", campaign_id)
    assert (caught.value.code, fields_of(caught.value)) == ("missing_variables", ["templateId"])
    assert (await row_of(database, campaign_id)).status == "draft"


@pytest.mark.parametrize("gone", ["list", "template"])
async def test_a_campaign_cannot_start_without_its_list_or_template(
    organisation: Organisation, marketer: Marketer, database: Database, gone: str
) -> None:
    if gone == "list":
        campaign_id = await a_campaign(database, organisation.person)
    else:
        template_id = await a_template(database, organisation.person, deleted=True)
        campaign_id = await at_rest(database, organisation, template_id=template_id)
    with pytest.raises(Conflict, match=gone) as caught:
        await marketer.on("SendCampaign", campaign_id)
    assert caught.value.code == "campaign_not_startable"
    assert (await row_of(database, campaign_id)).status == "draft"


async def test_a_paused_campaign_with_paid_messages_cannot_be_deleted(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(3))

    async def planned() -> bool:
        return (await marketer.metrics(campaign_id)).pending == 3

    await wait_until(planned)
    await marketer.on("PauseCampaign", campaign_id)
    with pytest.raises(Conflict, match="3 messages of this campaign are paid for") as caught:
        await marketer.on("DeleteCampaign", campaign_id)
    assert caught.value.code == "campaign_running"
    assert (await marketer.on("GetCampaign", campaign_id)).status == PAUSED


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_campaign_can_be_deleted_at_once_while_a_planner_works_on_it(
    organisation: Organisation, marketer: Marketer, database: Database, cancelled: bool
) -> None:
    lease = {"lease_token": new_id(), "lease_until": func.now() + timedelta(minutes=1)}
    campaign_id = await at_rest(database, organisation, "paused", **lease)
    if cancelled:
        await marketer.on("CancelCampaign", campaign_id)
    await marketer.on("DeleteCampaign", campaign_id)
    row = await row_of(database, campaign_id)
    assert (row.deleted_at is None, row.lease_token) == (False, None)


async def test_deleting_a_campaign_deletes_its_deferred_recipients(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    campaign_id = await at_rest(database, organisation, "paused")
    org_id = organisation.person.org_id
    async with database.org(org_id) as connection:
        await deferred.settle(connection, org_id, campaign_id, (), {new_id(): tomorrow()})
    await marketer.on("DeleteCampaign", campaign_id)
    async with database.org(org_id) as connection:
        assert await deferred.seconds_left(connection, org_id, campaign_id) is None


async def test_a_retry_cannot_be_duplicated(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    original = await at_rest(database, organisation, "done")
    retry = await at_rest(database, organisation, retry_of=original, retry_root=original)
    with pytest.raises(Conflict) as caught:
        await marketer.on("DuplicateCampaign", retry)
    assert caught.value.code == "campaign_is_retry"
    assert len((await marketer.ask("ListCampaigns", pb.ListCampaignsRequest())).items) == 2


async def test_a_duplicate_is_a_draft_of_the_user_who_made_it(
    organisation: Organisation, marketer: Marketer, campaigns: Running, database: Database
) -> None:
    template_id = await a_template(database, organisation.person)
    progress = {"opted_out_count": 5, "invalid_count": 6, "planned_at": func.now()}
    original = await at_rest(
        database, organisation, "done", name="x" * 100, template_id=template_id, **progress
    )
    colleague = Person(org_id=organisation.person.org_id)
    copy = await Marketer(campaigns, colleague).on("DuplicateCampaign", original)
    assert copy.name == "Copy of " + "x" * 92
    assert (copy.status, copy.created_by) == (DRAFT, str(colleague.user_id))
    before, after = await row_of(database, original), await row_of(database, UUID(copy.id))
    assert (after.list_id, after.template_id) == (before.list_id, before.template_id)
    fresh = (after.opted_out_count, after.invalid_count, after.planned_at, after.started_at)
    assert fresh == (0, 0, None, None)


async def test_metrics_of_a_draft_are_zero(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    campaign_id = str(await at_rest(database, organisation))
    assert await marketer.metrics(campaign_id) == pb.CampaignMetrics(campaign_id=campaign_id)
