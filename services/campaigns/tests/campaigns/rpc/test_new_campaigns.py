"""A new campaign is known to messaging at once, and only verified users can schedule it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import Forbidden
from servicekit.identity import acting_as
from services.campaigns import app
from services.campaigns.settings import CampaignsSettings
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.marketer import DRAFT, RUNNING, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Organisation
from services.messaging import app as messaging_app
from services.messaging.settings import MessagingSettings
from smsblaster.campaigns.v1 import campaigns_pb2, campaigns_pb2_grpc
from tests.fixtures.running import Running, listening, running


@pytest.fixture(scope="module")
async def strict(
    messaging: Running, messaging_settings: MessagingSettings, campaigns_settings: CampaignsSettings
) -> AsyncIterator[Running]:
    """Run the services so that messaging requires verified email addresses."""
    strict_messaging = messaging_settings.model_copy(
        update={
            "ops_listen": listening(),
            "grpc_listen": listening(),
            "require_verified_email": True,
        }
    )
    async with running(messaging_app.serve, strict_messaging) as asked:
        changes = {
            "ops_listen": listening(),
            "grpc_listen": listening(),
            "messaging_addr": asked.address,
        }
        async with running(app.serve, campaigns_settings.model_copy(update=changes)) as service:
            yield service


async def test_a_campaign_that_has_sent_nothing_has_empty_analytics(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    copy = await marketer.on("DuplicateCampaign", created.id)
    for campaign_id in (created.id, copy.id):
        found = await organisation.analytics(campaign_id)
        assert found is not None
        assert (found.campaign_id, found.sent, len(found.series)) == (campaign_id, 0, 0)


@pytest.mark.parametrize("verified", [False, True])
async def test_only_verified_users_can_schedule_a_campaign(
    organisation: Organisation, strict: Running, verified: bool
) -> None:
    stub, call = campaigns_pb2_grpc.CampaignServiceStub(strict.channel), strict.caller().call
    text: dict[str, Any] = {"name": "Sale", "message": "Hi", "list_id": await organisation.a_list()}
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    create = campaigns_pb2.CreateCampaignRequest(**text, schedule_at=at)
    with acting_as(replace(organisation.person.identity(), email_verified=verified)):
        draft = await call(stub.CreateCampaign, campaigns_pb2.CreateCampaignRequest(**text))
        edit = campaigns_pb2.UpdateCampaignRequest(id=draft.id, schedule_at=at)
        for attempt in ((stub.CreateCampaign, create), (stub.UpdateCampaign, edit)):
            if verified:
                assert (await call(*attempt)).status == SCHEDULED
                continue
            with pytest.raises(Forbidden) as refusal:
                await call(*attempt)
            assert refusal.value.code == "email_not_verified"
        get = campaigns_pb2.GetCampaignRequest(id=draft.id)
        kept = await call(stub.GetCampaign, get)
    assert kept.status == (SCHEDULED if verified else DRAFT)


async def test_only_verified_users_can_resume_a_campaign(
    organisation: Organisation, strict: Running, database: Database
) -> None:
    campaign_id = await a_campaign(database, organisation.person, "paused")
    stub, call = campaigns_pb2_grpc.CampaignServiceStub(strict.channel), strict.caller().call
    request = campaigns_pb2.ResumeCampaignRequest(id=str(campaign_id))
    user = organisation.person.identity()
    with acting_as(replace(user, email_verified=False)), pytest.raises(Forbidden) as refusal:
        await call(stub.ResumeCampaign, request)
    assert refusal.value.code == "email_not_verified"
    assert (await row_of(database, campaign_id)).status == "paused"
    with acting_as(replace(user, email_verified=True)):
        assert (await call(stub.ResumeCampaign, request)).status == RUNNING


async def test_api_key_without_the_send_scope_cannot_schedule(
    organisation: Organisation, campaigns: Running
) -> None:
    stub, call = campaigns_pb2_grpc.CampaignServiceStub(campaigns.channel), campaigns.caller().call
    text: dict[str, Any] = {"name": "Sale", "message": "Hi", "list_id": await organisation.a_list()}
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    create = campaigns_pb2.CreateCampaignRequest(**text, schedule_at=at)
    person = organisation.person.identity()
    with acting_as(person):
        scheduled = await call(stub.CreateCampaign, create)
    with acting_as(replace(person, may_send=False)):
        draft = await call(stub.CreateCampaign, campaigns_pb2.CreateCampaignRequest(**text))
        for attempt in (
            (stub.CreateCampaign, create),
            (stub.UpdateCampaign, edit_of(draft.id, schedule_at=at)),
            (stub.UpdateCampaign, edit_of(scheduled.id, message="Else")),
        ):
            with pytest.raises(Forbidden) as refusal:
                await call(*attempt)
            assert refusal.value.code == "api_key_scope"
        renamed = await call(stub.UpdateCampaign, edit_of(draft.id, name="Sale 2"))
        back = await call(stub.UpdateCampaign, edit_of(scheduled.id, unschedule=True))
    assert (renamed.name, back.status, back.message) == ("Sale 2", DRAFT, "Hi")


def edit_of(campaign_id: str, **changes: Any) -> campaigns_pb2.UpdateCampaignRequest:
    return campaigns_pb2.UpdateCampaignRequest(id=campaign_id, **changes)
