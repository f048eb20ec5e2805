"""Processes are killed or frozen in the middle of a campaign, one at a time and all at once."""

import os
import signal

import pytest

from tests.faults.campaign import RunningCampaign
from tests.faults.conftest import SLOW
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = [
    pytest.mark.stack,
    pytest.mark.usefixtures("slow_provider"),
]

_PROCESSES = (
    "messaging",
    "sender-1",
    "campaigns",
    "contacts",
    "billing",
    "webhooks",
    "gateway",
)


@pytest.mark.parametrize("name", _PROCESSES)
def test_a_campaign_completes_correctly_although_a_process_is_killed(
    platform: Platform, name: str
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(75)
    platform.stack.process(name).kill()
    campaign.must_complete()
    platform.stack.wait_ready()


def test_a_campaign_completes_correctly_although_all_processes_are_killed_at_once(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(75)
    for name in platform.stack.process_names:
        if name != "simulator":
            platform.stack.process(name).kill()
    campaign.must_complete()
    platform.stack.wait_ready()


def test_a_sender_process_that_is_killed_again_and_again_texts_nobody_twice(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    for texts in (35, 85, 130):
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
    campaign.reach(75)
    platform.stack.process("sender-1").kill()
    platform.stack.process("sender-2").kill()
    campaign.must_complete()
    platform.stack.wait_ready()


def test_frozen_sender_processes_do_not_send_messages_that_others_have_claimed(
    platform: Platform,
) -> None:
    campaign = RunningCampaign.start(platform)
    campaign.reach(5)
    pids = (platform.stack.process(name).pid for name in ("sender-1", "sender-2"))
    senders = [pid for pid in pids if pid]
    assert len(senders) == 2
    for pid in senders:
        os.killpg(pid, signal.SIGSTOP)
    try:
        # The claims expire, and texts that Twilio has not got are put back into the queue.
        wait_until_sync(lambda: not campaign.under_way(), message="no text claimed by a sender")
    finally:
        for pid in senders:
            os.killpg(pid, signal.SIGCONT)
    campaign.must_complete()
