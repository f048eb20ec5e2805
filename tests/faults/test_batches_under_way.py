"""An opt-out or a pause also stops the rest of a batch that is being sent to a slow provider."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.campaign import RECIPIENTS, RunningCampaign, must_settle
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

# So slow that two senders need seconds for the texts that they have claimed.
_VERY_SLOW = {
    "provider": "twilio",
    "method": "POST",
    "path_suffix": "/Messages.json",
    "latency_ms": [1500, 2500],
}
_RATE = 400
_HOLDS_WITHIN_MS = 2_000
"""Milliseconds.

One second is promised, and one more is for the way to the provider on a busy machine.
"""
_OPT_OUTS = 12
_WITHIN = 60.0


@pytest.fixture
def very_slow_provider(platform: Platform) -> Iterator[None]:
    platform.simulator.misbehave(_VERY_SLOW)
    yield
    platform.simulator.misbehave()


def _campaign(platform: Platform) -> RunningCampaign:
    campaign = RunningCampaign.start(platform)
    platform.pace(campaign.organisation, _RATE)
    wait_until_sync(lambda: campaign.texts >= 20, _WITHIN, "twenty texts sent")
    return campaign


@pytest.mark.usefixtures("very_slow_provider")
def test_an_opt_out_stops_the_texts_that_are_left_in_the_batch_being_sent(
    platform: Platform,
) -> None:
    campaign = _campaign(platform)
    organisation = campaign.organisation
    tried = {attempt.to for attempt in platform.simulator.attempts(organisation.account_sid)}
    claimed = [
        str(row["to_number"])
        for row in platform.rows(
            "messaging",
            "SELECT to_number FROM sms_messages WHERE org_id = %s AND status = 'sending'"
            " ORDER BY id DESC",
            organisation.org_id,
        )
        if row["to_number"] not in tried
    ]
    opted_out: dict[str, int] = {}
    for person in claimed[:_OPT_OUTS]:
        contact_id = organisation.contact_id(person)
        organisation.api.post(f"/api/contacts/{contact_id}/opt-out", {})
        opted_out[person] = time.time_ns() // 1_000_000
    platform.simulator.misbehave()
    wait_until_sync(
        lambda: organisation.campaign(campaign.id)["status"] == "done", _WITHIN, "the campaign done"
    )
    late = {
        attempt.to: attempt.at - opted_out[attempt.to]
        for attempt in platform.simulator.attempts(organisation.account_sid)
        if attempt.at > opted_out.get(attempt.to, attempt.at) + _HOLDS_WITHIN_MS
    }
    assert late == {}
    # Check that most opt-outs came before the end of the batch, or the test would prove nothing.
    assert campaign.texts < RECIPIENTS
    must_settle(platform, organisation)


@pytest.mark.usefixtures("very_slow_provider")
def test_a_pause_stops_the_texts_that_are_left_in_the_batch_being_sent(platform: Platform) -> None:
    campaign = _campaign(platform)
    organisation = campaign.organisation
    organisation.api.patch(f"/api/campaigns/{campaign.id}/pause", {})
    paused_at = time.time_ns() // 1_000_000
    wait_until_sync(lambda: not campaign.under_way(), _WITHIN, "no text claimed by a sender")
    attempts = platform.simulator.attempts(organisation.account_sid)
    assert [a.at - paused_at for a in attempts if a.at > paused_at + _HOLDS_WITHIN_MS] == []
    assert campaign.texts < RECIPIENTS
    platform.simulator.misbehave()
    organisation.api.patch(f"/api/campaigns/{campaign.id}/resume", {})
    campaign.must_complete()
