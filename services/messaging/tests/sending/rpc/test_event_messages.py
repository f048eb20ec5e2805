"""Event messages are listed, counted by their last attempts, and deleted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from servicekit.errors import Forbidden, InvalidInput
from servicekit.identity import acting_as
from servicekit.ids import new_id
from servicekit.rpc.messages import enum_name
from services.messaging.tests.attendees import Event, counted
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, event_texts_pb2, messages_pb2

ANN, BOB, CAT = phone(1), phone(2), phone(3)


@pytest.fixture
def event(bare_organisation: Organisation) -> Event:
    """Create an event whose messages were all sent in the past."""
    return Event(bare_organisation)


@pytest.fixture
def live_event(organisation: Organisation) -> Event:
    """Create an event of an organisation that can send."""
    return Event(organisation)


async def test_event_messages_are_stored_with_event_attendee_and_type(
    live_event: Event,
) -> None:
    [ann, bob] = await live_event.notify([ANN, BOB], "Come!", "invitation")
    [text] = (await live_event.texts(ANN)).texts
    assert (text.message.id, text.message.body) == (ann, "Come!")
    assert (text.notification_type, text.HasField("retry_of")) == ("invitation", False)
    message = (await live_event.organisation.detail(bob)).message
    assert (message.event_id, message.attendee_id, message.notification_type) == (
        str(live_event.id),
        str(live_event.attendee(BOB)),
        "invitation",
    )


async def test_a_repeated_chunk_adds_no_messages(live_event: Event) -> None:
    campaign_id = new_id()
    first = await live_event.notify([ANN, BOB], campaign_id=campaign_id)
    assert await live_event.notify([ANN, BOB], campaign_id=campaign_id) == first
    assert len(live_event.organisation.provider()) == 2


async def test_each_message_is_stored_with_its_account_and_messaging_service(
    live_event: Event,
) -> None:
    [message_id] = await live_event.notify([ANN])
    quick_text = await live_event.organisation.send(BOB)
    rows = await live_event.rows(
        "SELECT id, account_sid, messaging_service_sid FROM sms_messages WHERE org_id = :org_id"
    )
    [service] = await live_event.rows(
        "SELECT sid FROM twilio_messaging_services WHERE org_id = :org_id"
    )
    expected = (live_event.organisation.account_sid, service["sid"])
    assert {str(row["id"]): (row["account_sid"], row["messaging_service_sid"]) for row in rows} == {
        message_id: expected,
        quick_text.id: expected,
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda chunk: chunk.ClearField("event_id"),
        lambda chunk: chunk.ClearField("notification_type"),
        lambda chunk: chunk.recipients[1].ClearField("attendee_id"),
    ],
    ids=["event", "type", "attendee"],
)
async def test_event_messages_require_a_type_and_an_attendee_for_every_recipient(
    live_event: Event, spoil: Callable[[dispatch_pb2.SubmitChunkRequest], None]
) -> None:
    ids = await live_event.organisation.contact_ids([ANN, BOB])
    request = live_event.chunk(ids, "Come!", "invitation", new_id())
    spoil(request)
    with pytest.raises(InvalidInput) as refusal:
        await live_event.submit(request)
    assert [fault.field for fault in refusal.value.fields] == ["eventId"]
    assert (await live_event.texts(ANN)).texts == []


async def test_an_unknown_type_of_event_message_is_refused(live_event: Event) -> None:
    ids = await live_event.organisation.contact_ids([ANN])
    with pytest.raises(InvalidInput) as refusal:
        await live_event.submit(live_event.chunk(ids, "Come!", "birthday", new_id()))
    assert [fault.field for fault in refusal.value.fields] == ["notificationType"]


async def test_an_attendees_messages_are_listed_newest_first_and_counted(event: Event) -> None:
    first = await event.past(ANN, "undelivered", error_code=30003)
    await event.past(BOB, "delivered")
    second = await event.past(ANN, "delivered", notification_type="invitation")
    retry = await event.past(ANN, "sent", retry_of=first)
    answer = await event.texts(ANN)
    assert [text.message.id for text in answer.texts] == [retry, second, first]
    assert [text.retry_of for text in answer.texts] == [first, "", ""]
    assert answer.texts[2].message.error_title == "Unreachable handset"
    assert counted(answer.counts) == {"delivered": 1, "sent": 1, "undelivered": 1}


async def test_all_messages_are_counted_even_if_only_few_are_listed(event: Event) -> None:
    for _ in range(4):
        newest = await event.past(ANN, "delivered")
    answer = await event.texts(ANN, limit=1)
    assert [text.message.id for text in answer.texts] == [newest]
    assert counted(answer.counts) == {"delivered": 4}


async def test_an_event_is_summarized_by_status_and_type(event: Event) -> None:
    await event.past(ANN, "delivered", notification_type="invitation")
    await event.past(BOB, "delivered", notification_type="invitation")
    await event.past(ANN, "sent")
    failed = await event.past(BOB, "failed", error_code=30007)
    undelivered = await event.past(CAT, "undelivered")
    summary = await event.summary()
    assert [(_name(c.status), c.notification_type, c.count) for c in summary.counts] == [
        ("delivered", "invitation", 2),
        ("failed", "event_reminder", 1),
        ("sent", "event_reminder", 1),
        ("undelivered", "event_reminder", 1),
    ]
    assert [(f.id, f.attendee_id, f.error_code) for f in summary.failed] == [
        (undelivered, str(event.attendee(CAT)), 0),
        (failed, str(event.attendee(BOB)), 30007),
    ]
    assert not summary.failed[0].HasField("error_code")


async def test_the_newest_failed_and_undelivered_messages_are_listed(event: Event) -> None:
    now = datetime.now(UTC)
    ids = [
        await event.past(ANN, status, created_at=now - timedelta(minutes=n))
        for n, status in enumerate(["failed", "undelivered", "failed", "undelivered"])
    ]
    assert [f.id for f in (await event.summary(failed_limit=3)).failed] == ids[:3]
    assert (await event.summary(failed_limit=0)).failed == []


async def test_the_summary_of_an_event_without_messages_is_empty(event: Event) -> None:
    assert await event.summary() == event_texts_pb2.SummarizeEventResponse()
    assert await event.states([ANN]) == {}
    assert await event.texts(ANN) == event_texts_pb2.ListAttendeeTextsResponse()


async def test_a_message_is_counted_under_the_status_of_its_last_attempt(event: Event) -> None:
    first = await event.past(ANN, "undelivered")
    await event.past(ANN, "failed", retry_of=first)
    await event.past(ANN, "delivered", retry_of=first)
    await event.past(ANN, "failed")
    await event.past(BOB, "queued")
    assert await event.states([ANN, BOB, CAT]) == {
        ANN: {"delivered": 1, "failed": 1},
        BOB: {"queued": 1},
    }
    assert await event.states([BOB]) == {BOB: {"queued": 1}}


async def test_the_states_of_two_hundred_attendees_are_returned_by_one_call(event: Event) -> None:
    people = [phone(n) for n in range(200)]
    for person in people:
        await event.past(person, "delivered")
    assert await event.states(people) == {person: {"delivered": 1} for person in people}


async def test_failed_messages_that_were_not_sent_again_are_retryable_oldest_first(
    event: Event,
) -> None:
    retried = await event.past(ANN, "undelivered")
    first = await event.past(ANN, "failed")
    await event.past(ANN, "delivered")
    second = await event.past(ANN, "undelivered")
    await event.past(BOB, "failed")
    await event.past(ANN, "queued", retry_of=retried)
    assert await event.retryable(ANN) == [first, second]
    assert await event.retryable(ANN, limit=1) == [first]


async def test_the_last_attempt_of_a_message_that_failed_twice_is_retryable(event: Event) -> None:
    first = await event.past(ANN, "undelivered")
    second = await event.past(ANN, "failed", retry_of=first)
    assert await event.retryable(ANN) == [second]


async def test_another_organisation_cannot_see_or_delete_event_messages(
    event: Event, other_organisation: Organisation
) -> None:
    message_id = await event.past(ANN, "failed")
    other = Event(other_organisation, event.id, event.attendee_ids)
    assert await other.texts(ANN) == event_texts_pb2.ListAttendeeTextsResponse()
    assert await other.summary() == event_texts_pb2.SummarizeEventResponse()
    assert await other.states([ANN]) == {}
    assert await other.retryable(ANN) == []
    assert await other.delete_texts() == (0, False)
    assert await event.retryable(ANN) == [message_id]


async def test_users_cannot_call_the_event_message_service(event: Event) -> None:
    request = event_texts_pb2.SummarizeEventRequest(event_id=str(event.id))
    caller = event.organisation.messaging.caller()
    with acting_as(event.organisation.person.identity()), pytest.raises(Forbidden):
        await caller.call(event.stub.SummarizeEvent, request)


@pytest.mark.parametrize("limit", [0, 501])
async def test_at_most_five_hundred_messages_are_listed(event: Event, limit: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await event.texts(ANN, limit)
    assert [fault.field for fault in refusal.value.fields] == ["limit"]


def _name(status: int) -> str:
    return enum_name(messages_pb2.MessageStatus.DESCRIPTOR, status)
