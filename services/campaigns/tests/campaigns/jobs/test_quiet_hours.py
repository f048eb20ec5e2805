"""Quiet hours end to end: recipients outside their sending window are deferred."""

from datetime import UTC

import pytest

from servicekit.identity import acting_as
from services.campaigns.tests.marketer import CANCELLED, DONE, RUNNING, Marketer
from services.campaigns.tests.organisation import Organisation, phone
from services.campaigns.tests.sending_windows import next_noon, set_windows, zone_at
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from smsblaster.campaigns.v1 import trials_pb2, trials_pb2_grpc
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.usefixtures("sender")

AWAKE, ASLEEP = 0, 1


async def half_asleep(
    organisation: Organisation, marketer: Marketer, zone: str | None = None
) -> str:
    """Create a campaign to a recipient inside and a recipient outside the sending window.

    Messages may be sent from noon to 8 pm. `zone` is the time zone of the second recipient.
    """
    people = [
        await organisation.a_contact(AWAKE, time_zone=zone_at(13)),
        await organisation.a_contact(ASLEEP, time_zone=zone or zone_at(8)),
    ]
    await set_windows(organisation, ("12:00", "20:00"))
    return await marketer.send(list_id=await organisation.a_list(people))


async def deferred(marketer: Marketer, campaign_id: str) -> pb.Campaign | None:
    campaign: pb.Campaign = await marketer.on("GetCampaign", campaign_id)
    return campaign if campaign.HasField("waiting_until") else None


async def test_a_recipient_outside_the_sending_window_is_deferred_and_the_campaign_keeps_running(
    organisation: Organisation, marketer: Marketer
) -> None:
    zone = zone_at(8)
    campaign_id = await half_asleep(organisation, marketer, zone)
    found = await wait_until(lambda: deferred(marketer, campaign_id))
    assert found is not None
    assert found.waiting_until.ToDatetime(UTC) == next_noon(zone)
    await wait_until(lambda: _received(organisation, 1))
    assert set(organisation.received()) == {(phone(AWAKE), "Sale today")}
    assert (await marketer.on("GetCampaign", campaign_id)).status == RUNNING
    assert await organisation.balance() == 999


async def test_a_deferred_recipient_gets_the_message_once_a_changed_sending_window_is_open(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await half_asleep(organisation, marketer)
    await wait_until(lambda: deferred(marketer, campaign_id))
    await set_windows(organisation)
    done = await marketer.until(campaign_id, DONE)
    assert not done.HasField("waiting_until")
    assert organisation.received() == {(phone(n), "Sale today"): 1 for n in (AWAKE, ASLEEP)}
    assert (await marketer.metrics(campaign_id)).recipients == 2


async def test_a_deferred_recipient_who_opts_out_gets_no_message(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await half_asleep(organisation, marketer)
    await wait_until(lambda: deferred(marketer, campaign_id))
    await organisation.opt_out(ASLEEP)
    await set_windows(organisation)
    await marketer.until(campaign_id, DONE)
    assert set(organisation.received()) == {(phone(AWAKE), "Sale today")}
    assert (await marketer.metrics(campaign_id)).opted_out == 1


async def test_a_campaign_with_deferred_recipients_can_be_cancelled(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await half_asleep(organisation, marketer)
    await wait_until(lambda: deferred(marketer, campaign_id))
    assert (await marketer.on("CancelCampaign", campaign_id)).status == CANCELLED
    await set_windows(organisation)
    other = await marketer.send(list_id=await organisation.a_list_of(1), message="Other")
    await marketer.until(other, DONE)
    assert (phone(ASLEEP), "Sale today") not in organisation.received()


async def test_a_single_message_is_not_deferred(
    organisation: Organisation, marketer: Marketer
) -> None:
    contact = await organisation.a_contact(ASLEEP, time_zone=zone_at(3))
    await set_windows(organisation, ("12:00", "20:00"))
    created = await marketer.create(list_id=await organisation.a_list([contact]))
    stub = trials_pb2_grpc.CampaignTrialServiceStub(marketer.service.channel)
    request = trials_pb2.TestCampaignRequest(id=created.id, to=phone(ASLEEP))
    with acting_as(marketer.person.identity()):
        await marketer.service.caller().call(stub.TestCampaign, request)
    assert organisation.received() == {(phone(ASLEEP), "Sale today"): 1}


async def _received(organisation: Organisation, number: int) -> bool:
    return len(organisation.received()) == number
