"""While a campaign is sent, open pages get hints about the changes in every service."""

from uuid import UUID

import pytest

from servicekit.hints import Topic
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Organisation
from services.campaigns.tests.scene import Scene
from smsblaster.campaigns.v1 import campaigns_pb2
from tests.fixtures.hints import hearing

pytestmark = pytest.mark.jobs


async def test_open_pages_get_hints_about_a_running_campaign_its_messages_and_the_payers_balance(
    marketer: Marketer, organisation: Organisation, nats_url: str, sender: None
) -> None:
    person = marketer.person
    list_id = await organisation.a_list_of(3)
    async with hearing(nats_url, person.org_id) as hints:
        campaign_id = await marketer.send(list_id=list_id)
        await hints.wait_for(Topic.CAMPAIGN, campaign_id)
        await hints.wait_for(Topic.MESSAGE, campaign_id)
        await hints.wait_for(Topic.BALANCE, person.user_id)
        status = None
        while status != campaigns_pb2.CAMPAIGN_STATUS_DONE:
            await hints.next(Topic.CAMPAIGN, UUID(campaign_id))
            status = (await marketer.on("GetCampaign", campaign_id)).status


async def test_open_pages_get_hints_about_messages_to_attendees_and_about_the_event(
    scene: Scene, nats_url: str, sender: None
) -> None:
    async with hearing(nats_url, scene.organizer.person.org_id) as hints:
        await scene.organizer.notified(scene.event, attendee_ids=[scene.attendee], message="Hi")
        await hints.wait_for(Topic.EVENT_MESSAGE, scene.event)
        told = await hints.message_with(Topic.EVENT)
        # The event was created just before. If both changes come soon after each other, there is
        # one hint without an id for both.
        assert (Topic.EVENT, str(scene.event)) in told or (Topic.EVENT, None) in told
