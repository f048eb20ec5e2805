"""Senders that freeze under load and wake up must not send texts that other senders have sent.

When a sender freezes, it has claimed texts whose requests still wait for a connection or for their
turn. When it wakes up, other senders may have sent these texts.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.senders import senders_of_our_own
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_SENDERS, _FREEZES = 8, 5
"""8 senders that freeze 5 times each wake up forty times in all."""
_ORGANISATIONS, _RECIPIENTS = 8, 260
_RATE = 400
_IN_FLIGHT = 8
_WAITING = 50
"""How many requests of each sender must wait, on average, when it is frozen."""
_SETTINGS = {"SEND_CONCURRENCY": str(_IN_FLIGHT), "SEND_BATCH": "150"}
# Twilio is slow, and closes the connection after each request.
_SLOW = {
    "provider": "twilio",
    "method": "POST",
    "path_suffix": "/Messages.json",
    "latency_ms": [100, 500],
    "close_after": True,
}
_CLAIMED = "SELECT FROM sms_messages WHERE status IN ('sending', 'unknown')"
# A frozen sender keeps its row locks until it wakes up.
_TO_BE_TAKEN_BACK = f"{_CLAIMED} FOR UPDATE SKIP LOCKED"
_WITHIN = 240.0


def _count(platform: Platform, query: str) -> int:
    return len(platform.rows("messaging", query))


def _await_claims(platform: Platform, enough: int) -> None:
    wait_until_sync(
        lambda: _count(platform, _CLAIMED) >= enough,
        _WITHIN,
        f"{enough} texts claimed by the senders",
        every=0.02,
    )


def _campaign_of(platform: Platform, number: int) -> tuple[Organisation, str]:
    organisation = platform.organisation(f"Frozen {number}")
    platform.pace(organisation, _RATE)
    people = audience(_RECIPIENTS, first=10_000 * number)
    list_id, _ = organisation.list_from("Guests", csv_of(people))
    return organisation, organisation.draft("Doors", list_id, "Doors open at 7 pm.")


def _texts_by_message(organisation: Organisation) -> Counter[str]:
    return Counter(str(text.message_id) for text in organisation.texts())


def test_nobody_is_texted_twice_however_often_senders_freeze(
    platform: Platform, tmp_path: Path
) -> None:
    campaigns = [_campaign_of(platform, number) for number in range(_ORGANISATIONS)]
    chance = random.Random(3)  # noqa: S311 - it only chooses moments
    platform.simulator.misbehave(_SLOW)
    try:
        with senders_of_our_own(platform, _SENDERS, _SETTINGS, tmp_path) as senders:
            for organisation, campaign_id in campaigns:
                organisation.send(campaign_id)
            for _ in range(_FREEZES):
                enough = _SENDERS * chance.randint(_WAITING + _IN_FLIGHT, _WAITING + 3 * _IN_FLIGHT)
                _await_claims(platform, enough)
                senders.freeze()
                try:
                    wait_until_sync(
                        lambda: not _count(platform, _TO_BE_TAKEN_BACK),
                        _WITHIN,
                        "their texts put back into the queue",
                    )
                finally:
                    senders.wake()
            platform.simulator.misbehave()
            for organisation, campaign_id in campaigns:
                _see_out(organisation, campaign_id)
    finally:
        platform.simulator.misbehave()
    for organisation, _ in campaigns:
        texts = _texts_by_message(organisation)
        assert {message: n for message, n in texts.items() if n > 1} == {}
        assert len(texts) == _RECIPIENTS


def _see_out(organisation: Organisation, campaign_id: str) -> None:
    wait_until_sync(
        lambda: organisation.campaign(campaign_id)["status"] == "done", _WITHIN, "the campaign done"
    )
    wait_until_sync(lambda: len(organisation.texts()) >= _RECIPIENTS, _WITHIN, "everybody texted")
