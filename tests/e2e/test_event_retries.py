"""Retries of texts to an event's attendees, and the view and curate permissions."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from deploy.local.testkit.api import Api, ApiProblem, refusal_of
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from tests.e2e.attendees import FILTERED, LANDLINE, UNREACHABLE, failed, reachable, sent
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

_LOOK_EVERY = 0.25


@pytest.fixture(scope="module")
def acme(platform: Platform) -> Organisation:
    """Return an organisation that the tests of this file share. Each test has its own event."""
    return platform.organisation("Acme", cents=2_000)


@pytest.fixture
def event(acme: Organisation) -> Event:
    return Event.create(acme.api, "Gala")


@pytest.fixture
def colleague(acme: Organisation) -> Iterator[Api]:
    """Return the API client of another member of the organisation."""
    with acme.invite("Cora") as member:
        yield member


def code_of(call: Callable[[], object]) -> str | None:
    """Return the error code of a call that uses the API, or None if the call succeeds."""
    refusal = refusal_of(call)
    return refusal.code if refusal else None


def test_a_retry_is_a_new_message_and_does_not_change_the_first(
    acme: Organisation, event: Event
) -> None:
    attendee_id, first = failed(event, UNREACHABLE)
    event.correct(attendee_id, reachable())
    balance = acme.balance()
    answer = event.retry(attendee_id, messageId=first["id"])
    event.wait_until_settled(2)
    second, unchanged = event.history(attendee_id)["messages"]
    assert answer == {
        "success": True,
        "retried": 1,
        "results": [
            {
                "originalMessageId": first["id"],
                "newMessageId": second["id"],
                "status": "queued",
                "error": None,
            }
        ],
    }
    assert unchanged == first
    assert (second["status"], second["retryOf"]) == ("delivered", first["id"])
    assert (second["body"], second["notificationType"]) == (first["body"], "invitation")
    assert acme.balance() == balance - 1


def test_a_retry_of_all_failed_texts_reports_the_outcome_of_each_text(event: Event) -> None:
    attendee_id, unreached = failed(event, UNREACHABLE, "One")
    event.correct(attendee_id, FILTERED)
    refused = sent(event, attendee_id, "Two")
    event.correct(attendee_id, reachable())
    answer = event.retry(attendee_id, retryAll=True)
    event.wait_until_settled(3)
    history = event.history(attendee_id)["messages"]
    assert answer == {
        "success": False,
        "retried": 1,
        "results": [
            {
                "originalMessageId": unreached["id"],
                "newMessageId": history[0]["id"],
                "status": "queued",
                "error": None,
            },
            {
                "originalMessageId": refused["id"],
                "newMessageId": "",
                "status": "failed",
                "error": "Carrier filtered: "
                "Message was blocked by the carrier. This may be a spam filter.",
            },
        ],
    }
    assert [(text["body"], text["status"]) for text in history] == [
        ("One", "delivered"),
        ("Two", "undelivered"),
        ("One", "undelivered"),
    ]


def test_a_landline_is_retried_only_after_the_attendee_has_another_number(
    event: Event,
) -> None:
    attendee_id, first = failed(event, LANDLINE)
    with pytest.raises(ApiProblem) as refusal:
        event.retry(attendee_id, messageId=first["id"])
    assert (refusal.value.status, refusal.value.code) == (409, "not_retryable")
    event.correct(attendee_id, reachable())
    assert event.retry(attendee_id, messageId=first["id"])["success"]
    event.wait_until_settled(2)
    assert event.history(attendee_id)["messages"][0]["status"] == "delivered"


def test_a_double_click_on_retry_sends_one_text(acme: Organisation, event: Event) -> None:
    attendee_id, first = failed(event, UNREACHABLE)
    phone = reachable()
    event.correct(attendee_id, phone)
    path, wish = f"{event.path}/attendees/{attendee_id}/sms-retry", {"messageId": first["id"]}
    key = str(uuid4())
    with ThreadPoolExecutor() as clicks:
        answers = list(clicks.map(lambda _: acme.api.post_raw(path, wish, key), range(2)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([200, 200], [200, 409])
    again = acme.api.post_raw(path, wish, key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert all(answer.json() == again.json() for answer in answers if answer.is_success)
    event.wait_until_settled(2)
    assert [text.to for text in acme.texts()].count(phone) == 1
    assert len(event.history(attendee_id)["messages"]) == 2


def test_an_opted_out_attendee_is_neither_notified_nor_retried(
    acme: Organisation, event: Event
) -> None:
    attendee_id, first = failed(event, UNREACHABLE)
    phone = reachable()
    acme.opt_out([phone])
    event.correct(attendee_id, phone)
    with pytest.raises(ApiProblem) as refusal:
        event.retry(attendee_id, messageId=first["id"], force=True)
    assert (refusal.value.status, refusal.value.code) == (422, "opted_out")
    notification = event.notify("event_reminder")
    path = f"{event.path}/notifications/{notification['id']}"
    wait_until_sync(lambda: acme.api.get(path)["status"] == "done", every=_LOOK_EVERY)
    assert acme.api.get(path)["optedOut"] == 1
    assert event.summary()["total"] == 1
    assert phone not in [text.to for text in acme.texts()]


def test_a_user_with_the_view_permission_can_read_but_not_change_an_event(
    event: Event, colleague: Api
) -> None:
    attendee_id, text = failed(event, UNREACHABLE)
    theirs = event.seen_by(colleague)
    reads = (theirs.summary, theirs.attendees, lambda: theirs.history(attendee_id))
    changes = (
        lambda: theirs.retry(attendee_id, messageId=text["id"]),
        lambda: theirs.notify("invitation"),
        lambda: theirs.correct(attendee_id, reachable()),
        lambda: theirs.remove(attendee_id),
    )
    assert {code_of(call) for call in (*reads, *changes)} == {"event_access_denied"}
    assert event.id not in [each["id"] for each in colleague.every("/api/events")]
    event.allow(colleague, "view")
    assert [each["id"] for each in colleague.every("/api/events")].count(event.id) == 1
    assert [call() for call in reads] == [
        event.summary(),
        event.attendees(),
        event.history(attendee_id),
    ]
    assert {code_of(call) for call in changes} == {"event_access_denied"}
    assert event.summary()["total"] == 1


def test_a_user_with_the_curate_permission_texts_attendees_and_pays_for_it(
    platform: Platform,
) -> None:
    acme = platform.organisation()
    event = Event.create(acme.api, "Gala")
    attendee_id, text = failed(event, UNREACHABLE)
    phone, spent = reachable(), acme.balance()
    with acme.invite("Cora") as colleague:
        event.allow(colleague, "curate")
        theirs = event.seen_by(colleague)
        theirs.correct(attendee_id, phone)
        with pytest.raises(ApiProblem) as broke:
            theirs.retry(attendee_id, messageId=text["id"])
        assert (broke.value.status, broke.value.code) == (402, "insufficient_balance")
        curator = Organisation(colleague, platform.simulator)
        curator.top_up(500)
        theirs.retry(attendee_id, messageId=text["id"])
        theirs.notify("event_reminder")
        theirs.wait_until_settled(3)
        assert curator.balance() == 500 - 2
        assert code_of(lambda: theirs.allow(colleague, "view")) == "event_access_denied"
    assert acme.balance() == spent
    assert [text.to for text in acme.texts()].count(phone) == 2


def test_the_ledger_matches_the_messages_after_all_tests_of_this_file(
    platform: Platform, acme: Organisation
) -> None:
    must_settle(platform, acme)
