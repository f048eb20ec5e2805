"""Processes are killed in the middle of a campaign, one at a time and all at once."""

from collections.abc import Sequence

import pytest

from tests.faults.campaign import UNHURRIED, RunningCampaign
from tests.faults.conftest import SLOW
from tests.fixtures.platform import Platform

pytestmark = [
    pytest.mark.stack,
    pytest.mark.usefixtures("slow_provider"),
]

_PLANNING, _SENDING = (
    ("campaigns", "contacts", "billing"),
    ("messaging", "sender-1", "webhooks", "gateway"),
)
_TEXTS_BEFORE_EACH = 16
# Segments per second while a process restarts, so that the campaign is not over before the next
# kill.
_SLOW = 1


@pytest.mark.parametrize("names", [_PLANNING, _SENDING], ids=["planning", "sending"])
def test_a_campaign_completes_correctly_although_processes_are_killed_one_after_the_other(
    platform: Platform, names: Sequence[str]
) -> None:
    campaign = RunningCampaign.start(platform)
    for name in names:
        campaign.reach(campaign.texts + _TEXTS_BEFORE_EACH)
        platform.stack.process(name).kill()
        platform.pace(campaign.organisation, _SLOW)
        platform.stack.wait_ready(name)
        platform.pace(campaign.organisation, UNHURRIED)
    campaign.must_complete()


def test_a_campaign_completes_correctly_although_all_processes_are_killed_at_once(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    for name in platform.stack.process_names:
        if name != "simulator":
            platform.stack.process(name).kill()
    campaign.must_complete()
    platform.stack.wait_ready()


def test_a_sender_process_that_is_killed_again_and_again_texts_nobody_twice(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    for texts in (18, 43, 65):
        campaign.reach(texts)
        platform.stack.process("sender-1").kill()
        platform.stack.process("sender-2").kill()
    campaign.must_complete()
    platform.stack.wait_ready()


def test_texts_of_killed_sender_processes_are_found_at_twilio_without_callbacks(
    platform: Platform,
) -> None:
    platform.simulator.misbehave(SLOW, {"provider": "twilio", "callbacks": {"lose": 1.0}})
    campaign = RunningCampaign.start(platform)
    campaign.reach(38)
    platform.stack.process("sender-1").kill()
    platform.stack.process("sender-2").kill()
    campaign.must_complete()
    platform.stack.wait_ready()
