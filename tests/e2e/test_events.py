"""Texts to an event's attendees are shown as in the specification of the SMS history."""

from datetime import datetime
from uuid import UUID

import pytest

from deploy.local.testkit.api import ApiProblem
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from tests.e2e.attendees import LANDLINE, NO_RECEIPT, UNREACHABLE, failed, reachable, sent
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

_STATUSES = ("queued", "sent", "delivered", "failed", "undelivered")
_TYPES = (
    "invitation",
    "rsvp_reminder",
    "match_reveal",
    "event_reminder",
    "new_rsvps",
    "question_set",
)
_LARGE = 300
_VISIBLE_WITHIN = 60.0
_LOOK_EVERY = 0.25


@pytest.fixture(scope="module")
def acme(platform: Platform) -> Organisation:
    """Return an organisation that the tests of this file share. Each test has its own event."""
    return platform.organisation("Acme", cents=2_000)


@pytest.fixture
def event(acme: Organisation) -> Event:
    return Event.create(acme.api, "Gala")


def is_time(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None


def zero(**but: int) -> dict[str, int]:
    return dict.fromkeys(_STATUSES, 0) | but


def test_the_message_history_of_an_attendee_has_the_fields_of_the_specification(
    event: Event,
) -> None:
    attendee_id, first = failed(event, UNREACHABLE, "Please come", lastName="Lee")
    phone = reachable()
    event.correct(attendee_id, phone)
    sent(event, attendee_id, "See you")
    history = event.history(attendee_id)
    newest, oldest = history["messages"]
    assert list(history) == ["attendee", "messages", "summary"]
    assert history["attendee"] == {
        "id": attendee_id,
        "firstName": "Ann",
        "lastName": "Lee",
        "phone": phone,
    }
    assert history["summary"] == {"total": 2, "delivered": 1, "failed": 1, "pending": 0}
    assert oldest == first
    assert oldest == {
        "id": str(UUID(oldest["id"])),
        "messageSid": oldest["messageSid"],
        "status": "undelivered",
        "notificationType": "invitation",
        "body": "Please come",
        "createdAt": oldest["createdAt"],
        "sentAt": oldest["sentAt"],
        "deliveredAt": None,
        "errorCode": "30003",
        "errorMessage": "Phone may be off or out of service area. Try again later.",
        "errorTitle": "Unreachable handset",
        "retryable": True,
        "retryOf": None,
    }
    fault = dict.fromkeys(("errorCode", "errorMessage", "errorTitle", "retryable", "retryOf"))
    assert {name: newest[name] for name in fault} == fault
    assert (newest["status"], newest["body"]) == ("delivered", "See you")
    times = [newest[name] for name in ("createdAt", "sentAt", "deliveredAt")]
    assert all(is_time(time) for time in [*times, oldest["createdAt"], oldest["sentAt"]])
    assert times == sorted(times)
    assert {text["messageSid"][:2] for text in history["messages"]} == {"SM"}


def test_the_summary_of_an_event_without_texts_has_only_zeros(event: Event) -> None:
    attendee_id = event.add("Ann", None)
    assert event.history(attendee_id) == {
        "attendee": {"id": attendee_id, "firstName": "Ann", "lastName": None, "phone": None},
        "messages": [],
        "summary": {"total": 0, "delivered": 0, "failed": 0, "pending": 0},
    }
    assert event.summary() == {
        "total": 0,
        "byStatus": zero(),
        "byType": dict.fromkeys(_TYPES, 0),
        "deliveryRate": 0,
        "failedMessages": [],
        "outcomes": [],
    }


def test_the_summary_of_an_event_is_shown_as_the_specification_demands(event: Event) -> None:
    attendee_id, text = failed(event, LANDLINE, lastName="Lee")
    sent(event, event.add("Bo", reachable()))
    summary = event.summary()
    [outcome] = summary.pop("outcomes")  # our addition
    assert outcome["byStatus"] == zero(delivered=1, undelivered=1)
    assert summary == {
        "total": 2,
        "byStatus": zero(delivered=1, undelivered=1),
        "byType": dict.fromkeys(_TYPES, 0) | {"invitation": 2},
        "deliveryRate": 0.5,
        "failedMessages": [
            {
                "id": text["id"],
                "attendeeId": attendee_id,
                "attendeeName": "Ann Lee",
                "errorCode": "30006",
                "createdAt": text["createdAt"],
            }
        ],
    }


def test_the_list_of_attendees_shows_the_state_of_their_texts(event: Event) -> None:
    phones = {
        "delivered": reachable(),
        "failed": UNREACHABLE,
        "pending": NO_RECEIPT,
        "none": None,
    }
    for state, phone in phones.items():
        event.add(state, phone)
    event.notify("event_reminder")
    wanted = zero(delivered=1, sent=1, undelivered=1)
    wait_until_sync(lambda: event.summary()["byStatus"] == wanted, every=_LOOK_EVERY)
    assert {each["firstName"]: each["smsState"] for each in event.attendees()} == {
        state: state for state in phones
    }


def test_a_status_is_shown_within_a_minute_of_its_callback(
    platform: Platform, event: Event
) -> None:
    attendee_id = event.add("Ann", reachable())
    event.notify("invitation")
    wait_until_sync(lambda: event.summary()["total"] == 1, every=_LOOK_EVERY)
    wait_until_sync(platform.simulator.is_quiet, message="the last callback")
    wait_until_sync(
        lambda: event.history(attendee_id)["messages"][0]["status"] == "delivered",
        _VISIBLE_WITHIN,
        every=_LOOK_EVERY,
    )


def test_every_attendee_of_a_large_event_is_texted_once(platform: Platform) -> None:
    acme, people = platform.organisation(), audience(_LARGE)
    event = Event.create(acme.api, "Festival")
    list_id, _ = acme.list_from("Everybody", csv_of(people))
    assert event.add_from_list(list_id) == {"created": _LARGE, "skipped": 0}
    assert event.add_from_list(list_id) == {"created": 0, "skipped": _LARGE}
    notification = event.notify("invitation")
    assert (notification["recipients"], notification["withoutPhone"]) == (_LARGE, 0)
    wait_until_sync(lambda: event.summary()["byStatus"]["delivered"] == _LARGE, every=_LOOK_EVERY)
    assert sorted(text.to for text in acme.texts()) == sorted(people)
    summary = event.summary()
    assert (summary["total"], summary["deliveryRate"]) == (_LARGE, 1)
    assert {each["smsState"] for each in event.attendees()} == {"delivered"}
    must_settle(platform, acme)
    assert acme.balance() == 1_000 - sum(text.segments for text in acme.texts())


def test_texts_can_be_read_after_an_attendee_or_an_event_is_deleted(
    acme: Organisation, event: Event
) -> None:
    attendee_id, text = failed(event, UNREACHABLE, lastName="Lee")
    summary = event.summary()
    event.remove(attendee_id)
    assert event.attendees() == []
    assert event.history(attendee_id)["messages"] == [text]
    assert event.summary() == summary
    with pytest.raises(ApiProblem) as late:
        event.retry(attendee_id, messageId=text["id"])
    assert (late.value.status, late.value.code) == (409, "attendee_deleted")
    event.api.delete(event.path)
    with pytest.raises(ApiProblem) as gone:
        event.summary()
    assert (gone.value.status, gone.value.code) == (404, "event_not_found")
    message = acme.api.get(f"/api/messages/{text['id']}")["message"]
    assert (message["eventId"], message["attendeeId"]) == (event.id, attendee_id)
    assert message["status"] == "undelivered"


def test_the_ledger_matches_the_messages_after_all_tests_of_this_file(
    platform: Platform, acme: Organisation
) -> None:
    must_settle(platform, acme)
