"""Postgres and NATS are killed, restarted, stopped or emptied in the middle of a campaign."""

import pytest

from tests.faults.campaign import RunningCampaign
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = [
    pytest.mark.stack,
    pytest.mark.usefixtures("slow_provider"),
]


def test_a_campaign_completes_correctly_although_the_bus_is_killed(platform: Platform) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    platform.stack.nats.process.kill()
    campaign.must_complete()


def test_a_campaign_completes_correctly_although_the_whole_jetstream_store_is_lost(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    platform.stack.nats.wipe()
    campaign.must_complete()


@pytest.mark.parametrize("kill", [False, True], ids=["restarted", "killed"])
def test_a_campaign_completes_correctly_although_postgres_is_restarted(
    platform: Platform, kill: bool
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    platform.stack.postgres.restart(kill=kill)
    campaign.must_complete()


def test_while_the_bus_is_down_webhooks_are_accepted_and_texts_are_sent(
    platform: Platform,
) -> None:
    alone = platform.organisation()
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    before = len(platform.simulator.callbacks())
    platform.stack.nats.stop()
    wait_until_sync(platform.simulator.is_quiet, message="the provider quiet", every=0.25)
    during = platform.simulator.callbacks()[before:]
    sent = alone.api.post("/api/sms/send", {"to": "+12125550100", "message": "Hello"})
    assert sent["providerSid"]
    platform.stack.wait_ready()
    platform.stack.nats.start()
    assert {callback["http_status"] for callback in during} == {204}
    campaign.must_complete()
