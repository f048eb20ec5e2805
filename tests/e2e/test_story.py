"""Campaigns and single texts, from sign-up to the last delivery report, over the public API."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from deploy.local.demo.screen import Screen
from deploy.local.demo.story import Story
from deploy.local.testkit.api import ApiProblem, Json
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.people import make_audience
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_TEXT = "Hi {{firstName}}, doors open at 7 pm."
_ENDS_WITHIN = 100.0
_LOOK_EVERY = 0.25
# Segments per second. At the slow rate, texts are still waiting if a campaign is paused within ten
# seconds.
_UNHURRIED, _FAST = 10, 200


@pytest.fixture(scope="module")
def acme(platform: Platform) -> Organisation:
    """Return an organisation that all tests of this file share. Each test texts other people."""
    return platform.organisation("Acme", cents=2_000)


def becomes(organisation: Organisation, campaign_id: str, status: str) -> None:
    """Wait until a campaign has this status."""
    wait_until_sync(
        lambda: organisation.campaign(campaign_id)["status"] == status,
        _ENDS_WITHIN,
        f"campaign {status}",
        every=_LOOK_EVERY,
    )


def texted(organisation: Organisation) -> list[str]:
    """Return the phone numbers in the requests to the provider, oldest request first."""
    return [text.to for text in organisation.simulator.texts(organisation.account_sid)]


def now_ms() -> int:
    """Return the current time in milliseconds since the epoch, as in the provider's record."""
    return time.time_ns() // 1_000_000


def in_seconds(seconds: float) -> str:
    """Return the time in `seconds` from now, in the API's format."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def opened(url: str) -> str:
    """Return the text of a web page."""
    page = httpx.get(url)
    page.raise_for_status()
    return page.text


def becomes_message(organisation: Organisation, message_id: str, status: str) -> Json:
    """Wait until a message has this status, and return the message with its timeline."""

    def there() -> Json | None:
        detail = organisation.api.get(f"/api/messages/{message_id}")
        return detail if detail["message"]["status"] == status else None

    detail = wait_until_sync(there, _ENDS_WITHIN, f"message {status}", every=_LOOK_EVERY)
    assert detail
    return detail


def test_all_checks_of_the_demo_succeed(platform: Platform) -> None:
    with CustomerServer() as server:
        story = Story(platform.stranger(), make_audience(80), Screen(), server)
        story.play()
        assert story.check()


def test_a_scheduled_campaign_starts_by_itself(acme: Organisation) -> None:
    people = audience(5, first=1_000)
    list_id, _ = acme.list_from("Scheduled", csv_of(people))
    start = in_seconds(1.5)
    campaign_id = acme.draft("Later", list_id, _TEXT, scheduleAt=start)
    assert acme.campaign(campaign_id)["status"] == "scheduled"
    becomes(acme, campaign_id, "done")
    assert acme.campaign(campaign_id)["startedAt"] >= start[:19]
    assert sorted(set(texted(acme)) & set(people)) == sorted(people)


def test_no_text_is_sent_after_a_pause_and_all_are_sent_after_the_resume(
    platform: Platform,
) -> None:
    org, people = platform.organisation(), audience(120)
    platform.pace(org, _UNHURRIED)
    list_id, _ = org.list_from("Paused", csv_of(people))
    campaign_id = org.draft("Pausing", list_id, _TEXT)
    org.send(campaign_id)
    wait_until_sync(lambda: len(texted(org)) > 10, every=_LOOK_EVERY)
    org.api.patch(f"/api/campaigns/{campaign_id}/pause")
    platform.pace(org, _FAST)
    paused_at = now_ms()
    # The senders are not blocked meanwhile, because another text is sent at once.
    org.api.post("/api/sms/send", {"to": audience(1, first=400)[0], "message": "Quick"})
    wait_until_sync(lambda: now_ms() > paused_at + 1_500)
    late = [a for a in org.simulator.attempts(org.account_sid) if a.at > paused_at + 1_000]
    assert late == []
    assert len(texted(org)) < len(people)
    assert org.campaign(campaign_id)["statusReason"] is None
    org.api.patch(f"/api/campaigns/{campaign_id}/resume")
    becomes(org, campaign_id, "done")
    assert set(people) <= set(texted(org))
    must_settle(platform, org)


def test_a_person_who_opts_out_while_a_text_waits_is_not_texted_and_the_text_is_refunded(
    platform: Platform,
) -> None:
    org, people = platform.organisation(), audience(120)
    platform.pace(org, _UNHURRIED)
    list_id, _ = org.list_from("Stopping", csv_of(people))
    campaign_id = org.draft("Stopped", list_id, _TEXT)
    org.send(campaign_id)
    wait_until_sync(lambda: len(texted(org)) > 10, every=_LOOK_EVERY)
    org.api.patch(f"/api/campaigns/{campaign_id}/pause")
    platform.pace(org, _FAST)
    pending = "SELECT to_number FROM sms_messages WHERE status = 'pending' AND org_id = %s"
    leaver = str(platform.rows("messaging", pending, org.org_id)[0]["to_number"])
    org.opt_out([leaver])
    org.api.patch(f"/api/campaigns/{campaign_id}/resume")
    becomes(org, campaign_id, "done")
    assert sorted(texted(org)) == sorted(set(people) - {leaver})
    must_settle(platform, org)
    assert org.metrics(campaign_id)["optedOut"] == 1
    assert org.metrics(campaign_id)["spentCents"] == len(people) - 1


def test_a_campaign_pauses_when_the_balance_is_used_up_and_goes_on_after_a_top_up(
    platform: Platform,
) -> None:
    org, people = platform.organisation(cents=50), audience(65)
    list_id, _ = org.list_from("No money left", csv_of(people))
    campaign_id = org.draft("Expensive", list_id, _TEXT)
    org.send(campaign_id)
    becomes(org, campaign_id, "paused")
    assert org.campaign(campaign_id)["statusReason"] == "insufficient_balance"
    wait_until_sync(lambda: len(texted(org)) == 50, _ENDS_WITHIN, every=_LOOK_EVERY)
    assert org.balance() == 0
    org.top_up(100)
    org.api.patch(f"/api/campaigns/{campaign_id}/resume")
    becomes(org, campaign_id, "done")
    assert sorted(texted(org)) == sorted(people)
    must_settle(platform, org)
    assert org.balance() == 85


def test_a_batch_texts_each_phone_number_once_and_lists_refused_ones_with_the_reason(
    acme: Organisation,
) -> None:
    first, second, leaver = audience(3, first=2_000)
    acme.opt_out([leaver])
    again = f"({first[2:5]}) {first[5:8]}-{first[8:]}"
    answer = acme.api.post(
        "/api/sms/batch", {"numbers": [first, again, "12345", leaver, second], "message": "Batch"}
    )
    assert (answer["total"], answer["sent"], answer["failed"]) == (5, 2, 2)
    assert answer["duplicates"] == 1
    assert {error["to"]: error["code"] for error in answer["errors"]} == {
        again: "duplicate",
        "12345": "invalid_number",
        leaver: "opted_out",
    }
    for message_id in answer["messageIds"]:
        becomes_message(acme, message_id, "delivered")
    assert sorted(set(texted(acme)) & {first, second, leaver}) == [first, second]
    assert texted(acme).count(first) == 1


def test_an_opted_out_person_is_not_texted_until_they_opt_in(acme: Organisation) -> None:
    (person,) = audience(1, first=2_100)
    acme.opt_out([person])
    with pytest.raises(ApiProblem) as refused:
        acme.api.post("/api/sms/send", {"to": person, "message": "Still there?"})
    assert (refused.value.status, refused.value.code) == (422, "opted_out")
    assert person not in [attempt.to for attempt in acme.simulator.attempts(acme.account_sid)]
    # A STOP and a START in the same second count as an opt-out, so wait.
    next_second = int(time.time()) + 1
    wait_until_sync(lambda: time.time() >= next_second, every=_LOOK_EVERY)
    acme.simulator.text(person, acme.numbers[0], "START")
    wait_until_sync(lambda: not acme.is_opted_out(person), every=_LOOK_EVERY)
    del acme.opted_out[person]
    acme.api.post("/api/sms/send", {"to": person, "message": "Welcome back"})
    assert texted(acme).count(person) == 1


def test_a_message_shows_the_history_of_its_status(acme: Organisation) -> None:
    (person,) = audience(1, first=2_200)
    sent = acme.api.post("/api/sms/send", {"to": person, "message": "Hello"})
    assert (sent["status"], sent["priceCents"], sent["to"]) == ("queued", 1, person)
    detail = becomes_message(acme, sent["id"], "delivered")
    times = [event["receivedAt"] for event in detail["timeline"]]
    words = [event["eventType"] for event in detail["timeline"]]
    assert times == sorted(times)
    assert {"queued", "sent", "delivered"} <= set(words)
    assert words.index("sent") < words.index("delivered")


def test_a_text_that_is_not_delivered_is_explained(acme: Organisation) -> None:
    sent = acme.api.post("/api/sms/send", {"to": "+12125553006", "message": "To a landline"})
    message = becomes_message(acme, sent["id"], "undelivered")["message"]
    assert message["errorCode"] == 30006
    assert "landline" in message["errorMessage"].lower()


def test_a_top_up_has_a_receipt_that_the_payer_can_open(acme: Organisation) -> None:
    rows = list(acme.api.every("/api/billing/transactions"))
    receipts = [row["receiptUrl"] for row in rows if row["source"] == "stripe"]
    assert len(receipts) == 1
    assert "$23.00" in opened(receipts[0])  # $20, and $3 for two phone numbers


def test_a_request_repeated_with_its_idempotency_key_is_carried_out_once(
    acme: Organisation,
) -> None:
    (person,) = audience(1, first=2_300)
    text = {"to": person, "message": "Once"}
    first = acme.api.post_raw("/api/sms/send", text, key="repeat-me")
    again = acme.api.post_raw("/api/sms/send", text, key="repeat-me")
    other = acme.api.post_raw("/api/sms/send", {**text, "message": "Twice"}, key="repeat-me")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert texted(acme).count(person) == 1


def test_the_ledger_matches_the_messages_after_all_tests_of_this_file(
    platform: Platform, acme: Organisation
) -> None:
    must_settle(platform, acme)
