"""A new campaign has an empty history and empty analytics before it sends."""

from uuid import UUID, uuid4

import pytest

from servicekit.bus.connection import BusMessage
from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import events_pb2
from smsblaster.messaging.v1 import analytics_pb2, analytics_pb2_grpc, history_pb2, history_pb2_grpc
from tests.fixtures.waiting import wait_until


async def say_created(organisation: Organisation, campaign_id: UUID) -> None:
    event = events_pb2.CampaignCreated(
        org_id=str(organisation.org_id), campaign_id=str(campaign_id)
    )
    message = BusMessage("event.campaigns.created", str(uuid4()), event.SerializeToString())
    await organisation.bus.publish([message])


async def sent(organisation: Organisation, campaign_id: UUID) -> int | None:
    """Return how many sent messages a campaign's analytics count, or None if they are not found."""
    stub = analytics_pb2_grpc.AnalyticsServiceStub(organisation.messaging.channel)
    request = analytics_pb2.GetCampaignAnalyticsRequest(id=str(campaign_id))
    try:
        with acting_as(organisation.person.identity()):
            answer = await organisation.messaging.caller().call(stub.GetCampaignAnalytics, request)
    except NotFound:
        return None
    return int(answer.sent)


async def test_history_and_analytics_of_a_new_campaign_are_empty_and_private(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    campaign_id = uuid4()
    assert await sent(organisation, campaign_id) is None
    await say_created(organisation, campaign_id)

    async def known() -> bool:
        return await sent(organisation, campaign_id) == 0

    await wait_until(known, message="messaging knows the campaign")
    stub = history_pb2_grpc.HistoryServiceStub(organisation.messaging.channel)
    request = history_pb2.ListHistoryRequest(campaign_id=str(campaign_id))
    with acting_as(organisation.person.identity()):
        page = await organisation.messaging.caller().call(stub.ListHistory, request)
    assert (list(page.items), page.total) == ([], 0)
    with pytest.raises(CrossOrgAccess):
        await sent(other_organisation, campaign_id)


async def test_a_late_or_repeated_event_does_not_change_the_counts(
    organisation: Organisation,
) -> None:
    campaign_id, last = uuid4(), uuid4()
    await organisation.submit(campaign_id, [phone(801)])

    async def gone_out(campaign: UUID, number: int) -> bool:
        return await sent(organisation, campaign) == number

    await wait_until(lambda: gone_out(campaign_id, 1), message="the text is sent")
    for said in (campaign_id, campaign_id, last):
        await say_created(organisation, said)
    await wait_until(lambda: gone_out(last, 0), message="the last event is handled")
    assert await sent(organisation, campaign_id) == 1
