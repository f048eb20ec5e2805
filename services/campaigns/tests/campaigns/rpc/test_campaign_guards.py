"""Each method works only in some statuses of a campaign and only in its own organisation."""

from typing import get_args

import pytest
from sqlalchemy import func

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.tests.builders import at_rest, audit_events, fields_of, row_of
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Organisation
from tests.fixtures.running import Person, Running

# Methods whose request needs only the id of a campaign.
METHODS = (
    "GetCampaign",
    "UpdateCampaign",
    "DeleteCampaign",
    "DuplicateCampaign",
    "SendCampaign",
    "PauseCampaign",
    "ResumeCampaign",
    "CancelCampaign",
    "RetryFailed",
    "GetCampaignMetrics",
)
# Method -> the statuses in which it works, and the error code in all other statuses.
GUARDS = {
    "UpdateCampaign": ({"draft", "scheduled"}, "campaign_not_editable"),
    "SendCampaign": ({"draft", "scheduled"}, "campaign_not_startable"),
    "PauseCampaign": ({"running"}, "campaign_not_running"),
    "ResumeCampaign": ({"paused"}, "campaign_not_paused"),
    "CancelCampaign": ({"scheduled", "running", "paused"}, "campaign_not_cancellable"),
    "DeleteCampaign": (set(get_args(Status)) - {"running"}, "campaign_running"),
    "DuplicateCampaign": (set(get_args(Status)), ""),
}


@pytest.mark.parametrize("method", GUARDS)
@pytest.mark.parametrize("status", get_args(Status))
async def test_in_each_status_a_campaign_allows_exactly_the_listed_methods(
    organisation: Organisation, marketer: Marketer, database: Database, status: Status, method: str
) -> None:
    campaign_id = await at_rest(database, organisation, status)
    before = await row_of(database, campaign_id)
    states, code = GUARDS[method]
    if status in states:
        await marketer.on(method, campaign_id)
        return
    with pytest.raises(Conflict) as caught:
        await marketer.on(method, campaign_id)
    assert caught.value.code == code
    assert await row_of(database, campaign_id) == before
    assert not await audit_events(database, campaign_id)


@pytest.mark.parametrize("method", METHODS)
async def test_a_campaign_of_another_organisation_is_refused(
    organisation: Organisation, campaigns: Running, database: Database, method: str
) -> None:
    campaign_id = await at_rest(database, organisation)
    before = await row_of(database, campaign_id)
    with pytest.raises(CrossOrgAccess):
        await Marketer(campaigns, Person()).on(method, campaign_id)
    assert await row_of(database, campaign_id) == before


@pytest.mark.parametrize("method", METHODS)
async def test_a_deleted_or_unknown_campaign_is_not_found(
    organisation: Organisation, marketer: Marketer, database: Database, method: str
) -> None:
    deleted = await at_rest(database, organisation, deleted_at=func.now())
    for absent in (deleted, new_id()):
        with pytest.raises(NotFound) as caught:
            await marketer.on(method, absent)
        assert caught.value.code == "campaign_not_found"


@pytest.mark.parametrize("method", METHODS)
async def test_a_malformed_id_is_rejected(marketer: Marketer, method: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await marketer.on(method, "nonsense")
    assert fields_of(caught.value) == ["id"]


@pytest.mark.parametrize(
    ("method", "status", "action"),
    [
        ("SendCampaign", "draft", "campaign_started"),
        ("PauseCampaign", "running", "campaign_paused"),
        ("ResumeCampaign", "paused", "campaign_resumed"),
        ("CancelCampaign", "paused", "campaign_cancelled"),
        ("DeleteCampaign", "done", "campaign_deleted"),
    ],
)
async def test_actions_on_campaigns_are_audited(
    organisation: Organisation,
    marketer: Marketer,
    database: Database,
    method: str,
    status: Status,
    action: str,
) -> None:
    campaign_id = await at_rest(database, organisation, status)
    await marketer.on(method, campaign_id)
    (event,) = await audit_events(database, campaign_id)
    assert (event.action, event.entity_type) == (action, "campaign")
    assert event.org_id == str(organisation.person.org_id)
    assert event.actor_user_id == str(organisation.person.user_id)
