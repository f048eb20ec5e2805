"""Sender processes that were frozen must not send texts that others have sent in the meantime.

When a sender freezes, it has claimed texts whose requests still wait for a connection or for their
turn. When it wakes up, other senders may have sent these texts.
"""

import random
from collections import Counter
from pathlib import Path

import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.faults.senders import Senders, senders_of_our_own
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_SENDERS, _FREEZES = 4, 2
_ORGANISATIONS, _RECIPIENTS = 4, 80
_RATE = 400
_IN_FLIGHT = 8
_WAITING = 12
"""How many requests of each sender must wait, on average, when it is frozen."""
_SETTINGS = {"SEND_CONCURRENCY": str(_IN_FLIGHT), "SEND_BATCH": "45"}
# Twilio is slow, and closes the connection after each request.
_SLOW = {
    "provider": "twilio",
    "method": "POST",
    "path_suffix": "/Messages.json",
    "latency_ms": [100, 500],
    "close_after": True,
}
# A frozen sender keeps its row locks until it wakes up.
_CLAIMED = """
SELECT count(*) AS n FROM (
  SELECT FROM sms_messages WHERE status = 'sending' FOR UPDATE SKIP LOCKED
) AS claimed
"""
_TO_BE_TAKEN_BACK = """
SELECT count(*) AS n FROM (
  SELECT FROM sms_messages WHERE status IN ('sending', 'unknown') FOR UPDATE SKIP LOCKED
) AS claimed
"""
_SENT = "SELECT count(*) AS n FROM sms_messages WHERE provider_sid IS NOT NULL"
_WITHIN = 240.0


def _count(platform: Platform, query: str) -> int:
    [row] = platform.rows("messaging", query)
    return int(str(row["n"]))


def _freeze_in_full_flow(platform: Platform, senders: Senders, claims: int) -> None:
    """Freeze the sender processes while they are sending and have claimed ``claims`` more texts."""
    sent_before = _count(platform, _SENT)

    def is_frozen() -> bool:
        if _count(platform, _SENT) < sent_before + _SENDERS * _IN_FLIGHT:
            return False
        senders.freeze()
        if _count(platform, _CLAIMED) >= claims:
            return True
        senders.wake()
        return False

    wait_until_sync(is_frozen, _WITHIN, f"{claims} texts claimed by the senders", every=0.1)


def _campaign_of(platform: Platform, number: int) -> tuple[Organisation, str]:
    organisation = platform.organisation(f"Frozen {number}")
    platform.pace(organisation, _RATE)
    people = audience(_RECIPIENTS, first=10_000 * number)
    list_id, _ = organisation.list_from("Guests", csv_of(people))
    return organisation, organisation.draft("Doors", list_id, "Doors open at 7 pm.")


def _texts_by_message(organisation: Organisation) -> Counter[str]:
    return Counter(str(text.message_id) for text in organisation.texts())


def test_nobody_is_texted_twice_however_often_sender_processes_freeze(
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
                enough = _SENDERS * chance.randint(_WAITING + _IN_FLIGHT, _WAITING + 2 * _IN_FLIGHT)
                _freeze_in_full_flow(platform, senders, enough)
                try:
                    wait_until_sync(
                        lambda: not _count(platform, _TO_BE_TAKEN_BACK),
                        _WITHIN,
                        "their texts put back into the queue",
                        every=0.25,
                    )
                finally:
                    senders.wake()
            platform.simulator.misbehave()
            for organisation, campaign_id in campaigns:
                _see_out(organisation, campaign_id)
    finally:
        platform.simulator.misbehave()
    for organisation, _ in campaigns:
        must_settle(platform, organisation)
        texts = _texts_by_message(organisation)
        assert {message: n for message, n in texts.items() if n > 1} == {}
        assert len(texts) == _RECIPIENTS


def _see_out(organisation: Organisation, campaign_id: str) -> None:
    wait_until_sync(
        lambda: organisation.campaign(campaign_id)["status"] == "done",
        _WITHIN,
        "the campaign done",
        every=0.25,
    )
    wait_until_sync(
        lambda: len(organisation.texts()) >= _RECIPIENTS, _WITHIN, "everybody texted", every=0.25
    )
