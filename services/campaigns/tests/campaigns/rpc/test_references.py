"""Campaigns have the customer's reference and metadata, and so do their messages."""

from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.campaigns.tests.campaigns.rpc.test_quick_send import send
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.outcomes import fate
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from smsblaster.campaigns.v1 import results_pb2, results_pb2_grpc
from tests.fixtures.customer_events import subscribe, told

pytestmark = pytest.mark.jobs

MINE: dict[str, Any] = {"reference": "spring-24", "metadata": {"shop": "Oslo"}}


def said(campaign: Any) -> dict[str, Any]:
    """Return the reference and the metadata of a campaign or a message."""
    return {"reference": campaign.reference, "metadata": dict(campaign.metadata)}


@pytest.mark.usefixtures("sender")
async def test_recipients_get_messages_with_the_reference_and_the_metadata_of_the_campaign(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    await subscribe(database, organisation.person.org_id, "campaign.started")
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(1), **MINE)
    assert said(await marketer.until(campaign_id, DONE)) == MINE
    stub = results_pb2_grpc.CampaignResultServiceStub(marketer.service.channel)
    request = results_pb2.ListCampaignResultsRequest(id=campaign_id)
    with acting_as(marketer.person.identity()):
        answer = await marketer.service.caller().call(stub.ListCampaignResults, request)
    assert [said(result) for result in answer.items] == [MINE]
    [(_, started)] = await told(database, organisation.person.org_id)
    assert said(started) == MINE


async def test_reference_and_metadata_can_be_changed_and_removed(marketer: Marketer) -> None:
    created = await marketer.create(**MINE)
    assert said(created) == MINE
    changed = await marketer.update(created.id, reference="autumn", metadata={"desk": "3"})
    assert said(changed) == {"reference": "autumn", "metadata": {"desk": "3"}}
    assert changed.version == created.version + 1
    assert said(await marketer.update(created.id, name="Other")) == said(changed)
    removed = await marketer.update(created.id, reference="", cleared=["metadata"])
    assert not removed.HasField("reference")
    assert dict(removed.metadata) == {}


async def test_a_copy_has_the_metadata_but_not_the_reference(marketer: Marketer) -> None:
    created = await marketer.create(**MINE)
    copy = await marketer.on("DuplicateCampaign", created.id)
    assert not copy.HasField("reference")
    assert dict(copy.metadata) == MINE["metadata"]


@pytest.mark.usefixtures("sender")
async def test_a_retry_has_the_reference_and_the_metadata_of_its_campaign(
    organisation: Organisation, marketer: Marketer, neighbours: Neighbours
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(1), **MINE)
    await marketer.until(campaign_id, DONE)
    await fate(neighbours, campaign_id, phone(0), "failed", 30001)
    retry = await marketer.ask("RetryFailed", pb.RetryFailedRequest(id=campaign_id))
    assert said(retry) == MINE


async def test_a_single_message_keeps_its_reference(
    organisation: Organisation, marketer: Marketer
) -> None:
    sent = await send(marketer.service, organisation.person, message="Hi", **MINE)
    assert said(sent) == MINE


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reference": "x" * 256}, "reference"),
        ({"metadata": {"key": "x" * 201}}, "metadata"),
    ],
)
async def test_a_long_reference_and_long_metadata_are_refused(
    marketer: Marketer, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await marketer.create(**fields)
    assert [error.field.split(".")[0] for error in refused.value.fields] == [field]
