"""Webhook endpoints get events when a campaign starts, pauses and ends."""

from typing import Any

import pytest

from servicekit.db.database import Database
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Organisation
from smsblaster.campaigns.v1 import campaigns_pb2
from tests.fixtures.customer_events import subscribe, told

pytestmark = pytest.mark.jobs


async def test_webhook_endpoints_get_an_event_when_a_campaign_starts_and_when_it_finishes(
    marketer: Marketer, organisation: Organisation, database: Database, sender: None
) -> None:
    org_id = marketer.person.org_id
    await subscribe(database, org_id)
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(3))
    await marketer.until(campaign_id, campaigns_pb2.CAMPAIGN_STATUS_DONE)
    events: list[tuple[str, Any]] = list(await told(database, org_id))
    assert [type_ for type_, _ in events] == ["campaign.started", "campaign.finished"]
    assert {data.id for _, data in events} == {campaign_id}
    assert [data.status for _, data in events] == [
        campaigns_pb2.CAMPAIGN_STATUS_RUNNING,
        campaigns_pb2.CAMPAIGN_STATUS_DONE,
    ]


async def test_webhook_endpoints_get_an_event_when_a_campaign_is_paused(
    marketer: Marketer, organisation: Organisation, database: Database, sender: None
) -> None:
    org_id = marketer.person.org_id
    await subscribe(database, org_id, "campaign.paused")
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(1))
    await marketer.on("PauseCampaign", campaign_id)
    await marketer.until(campaign_id, campaigns_pb2.CAMPAIGN_STATUS_PAUSED)
    [(type_, data)] = await told(database, org_id)
    paused: Any = data
    assert (type_, paused.id) == ("campaign.paused", campaign_id)
