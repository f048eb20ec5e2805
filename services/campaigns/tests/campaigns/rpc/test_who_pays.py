"""The user who starts a campaign pays for it, or the organisation if its settings say so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.billing.tests.money import ledger_sum, pay_in
from services.campaigns.tests.builders import at_rest, row_of
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation
from smsblaster.billing.v1 import payers_pb2, settings_pb2, settings_pb2_grpc
from smsblaster.campaigns.v1 import campaigns_pb2, trials_pb2, trials_pb2_grpc
from tests.fixtures.running import Person, Running

MEMBER, ORGANISATION = payers_pb2.PAYER_MEMBER, payers_pb2.PAYER_ORGANISATION


@pytest.fixture
def colleague(organisation: Organisation, campaigns: Running) -> Marketer:
    """Return another member of the organisation."""
    return Marketer(campaigns, Person(organisation.person.org_id))


@pytest.fixture
def organisation_itself(organisation: Organisation) -> Person:
    """Return a person with the organisation's id, for reading the organisation's own balance."""
    return Person(organisation.person.org_id, organisation.person.org_id)


async def choose(billing: Running, person: Person, payer: payers_pb2.Payer.ValueType) -> None:
    stub = settings_pb2_grpc.BillingSettingsServiceStub(billing.channel)
    request = settings_pb2.UpdateBillingSettingsRequest(min_balance_cents=0, payer=payer)
    with acting_as(person.identity()):
        await billing.caller().call(stub.UpdateBillingSettings, request)


async def quote(marketer: Marketer, campaign_id: str) -> trials_pb2.CampaignQuote:
    stub = trials_pb2_grpc.CampaignTrialServiceStub(marketer.service.channel)
    with acting_as(marketer.person.identity()):
        return await marketer.service.caller().call(
            stub.QuoteCampaign, trials_pb2.QuoteCampaignRequest(id=campaign_id), timeout=60
        )


def payer(campaign: Any) -> tuple[int, str]:
    assert isinstance(campaign, campaigns_pb2.Campaign)
    return campaign.payer, campaign.payer_user_id


@pytest.mark.usefixtures("sender")
async def test_a_member_who_edits_and_sends_an_owners_draft_pays_for_it(
    organisation: Organisation, marketer: Marketer, colleague: Marketer, neighbours: Neighbours
) -> None:
    await pay_in(neighbours.billing_database, colleague.person, 100)
    draft = await marketer.create(list_id=await organisation.a_list_of(3))
    assert not draft.HasField("payer")
    assert (await quote(colleague, draft.id)).balance_cents == 100
    await colleague.update(draft.id, message="Better words")
    started = await colleague.on("SendCampaign", draft.id)
    assert payer(started) == (MEMBER, str(colleague.person.user_id))
    await colleague.until(draft.id, DONE)
    assert await organisation.balance() == 1000
    assert await ledger_sum(neighbours.billing_database, colleague.person) == 97


@pytest.mark.usefixtures("sender")
async def test_the_organisations_balance_pays_if_the_billing_settings_say_so(
    organisation: Organisation,
    marketer: Marketer,
    billing: Running,
    neighbours: Neighbours,
    organisation_itself: Person,
) -> None:
    await pay_in(neighbours.billing_database, organisation_itself, 50)
    await choose(billing, organisation.person, ORGANISATION)
    draft = await marketer.create(list_id=await organisation.a_list_of(3))
    shown = await quote(marketer, draft.id)
    assert (shown.payer, shown.balance_cents, shown.balance_covers) == (ORGANISATION, 50, True)
    assert payer(await marketer.on("SendCampaign", draft.id)) == (ORGANISATION, "")
    await marketer.until(draft.id, DONE)
    assert await organisation.balance() == 1000
    assert await ledger_sum(neighbours.billing_database, organisation_itself) == 47


async def test_a_scheduled_campaign_keeps_its_payer_when_the_setting_changes(
    organisation: Organisation, marketer: Marketer, billing: Running
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    created = await marketer.create(list_id=await organisation.a_list(), schedule_at=tomorrow)
    assert payer(created) == (MEMBER, str(marketer.person.user_id))
    await choose(billing, organisation.person, ORGANISATION)
    kept = await marketer.on("GetCampaign", created.id)
    assert payer(kept) == (MEMBER, str(marketer.person.user_id))
    assert (await quote(marketer, created.id)).payer == MEMBER
    again = await marketer.update(created.id, schedule_at=tomorrow + timedelta(hours=1))
    assert payer(again) == (ORGANISATION, "")


async def test_a_paused_campaign_keeps_its_payer_when_another_member_resumes_it(
    organisation: Organisation,
    marketer: Marketer,
    colleague: Marketer,
    billing: Running,
    database: Database,
) -> None:
    campaign_id = await at_rest(database, organisation, "paused")
    await choose(billing, organisation.person, ORGANISATION)
    resumed = await colleague.on("ResumeCampaign", campaign_id)
    assert payer(resumed) == (MEMBER, str(marketer.person.user_id))
    row = await row_of(database, campaign_id)
    assert row.confirmed_by == colleague.person.user_id
