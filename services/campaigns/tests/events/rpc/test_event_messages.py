"""Event messages: one per attendee, stored with event, attendee and type."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from servicekit.errors import Conflict
from services.campaigns.tests.marketer import CANCELLED, DONE, PAUSED, RUNNING
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation, phone
from services.campaigns.tests.organizer import (
    INVITATION,
    MATCH_REVEAL,
    NEW_RSVPS,
    Organizer,
)
from services.campaigns.tests.sending_windows import set_windows
from smsblaster.billing.v1.payers_pb2 import PAYER_MEMBER
from smsblaster.events.v1 import attendees_pb2, events_pb2, notifications_pb2
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.usefixtures("sender")

YES = attendees_pb2.RSVP_STATUS_YES


async def test_each_attendee_gets_the_text_of_the_type_once(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event(date=datetime(2099, 5, 1, 17, 30, tzinfo=UTC))
    ann = await organizer.attendee(event.id, 1, first_name="Ann")
    await organizer.attendee(event.id, 2, first_name="Ben", last_name="Oak")
    await organizer.attendee(event.id, None)
    sent = await organizer.notify(event.id, INVITATION)
    assert (sent.status, sent.recipients, sent.without_phone) == (RUNNING, 2, 1)
    assert (sent.payer, sent.payer_user_id) == (PAYER_MEMBER, str(organizer.person.user_id))
    await organizer.until(event.id, sent.id, DONE)
    text = (
        "Hi {}, you're invited to Garden party on Fri 1 May 2099 at 17:30. Reply STOP to opt out."
    )
    assert organisation.received() == {
        (phone(1), text.format("Ann")): 1,
        (phone(2), text.format("Ben")): 1,
    }
    history = await organizer.history(event.id, ann.id)
    assert [(m.notification_type, m.body) for m in history.messages] == [
        (INVITATION, text.format("Ann"))
    ]
    assert history.messages[0].message_sid.startswith("SM")


async def test_an_opted_out_attendee_gets_nothing_and_is_counted(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    silent = await organizer.attendee(event.id, 2)
    await organisation.opt_out(2)
    over = await organizer.notified(event.id)
    assert (over.recipients, over.opted_out) == (2, 1)
    assert (over.metrics.recipients, over.metrics.sent, over.metrics.opted_out) == (2, 1, 1)
    assert {to for to, _ in organisation.received()} == {phone(1)}
    assert not (await organizer.history(event.id, silent.id)).messages


async def test_only_chosen_attendees_get_the_message(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    chosen = await organizer.attendee(event.id, 1)
    await organizer.attendee(event.id, 2)
    sent = await organizer.notify(event.id, attendee_ids=[chosen.id, chosen.id])
    assert sent.recipients == 1
    await organizer.until(event.id, sent.id, DONE)
    assert {to for to, _ in organisation.received()} == {phone(1)}


@pytest.mark.parametrize(
    ("audience", "texted"),
    [
        (notifications_pb2.AUDIENCE_ALL, {1, 2, 3}),
        (notifications_pb2.AUDIENCE_NOT_ANSWERED, {1, 3}),
        (notifications_pb2.AUDIENCE_COMING, {2}),
        (notifications_pb2.AUDIENCE_MATCHED, {1, 2}),
    ],
)
async def test_an_event_message_can_be_sent_to_some_of_the_attendees(
    organizer: Organizer,
    organisation: Organisation,
    audience: notifications_pb2.Audience.ValueType,
    texted: set[int],
) -> None:
    event = await organizer.event()
    one = await organizer.attendee(event.id, 1)
    two = await organizer.attendee(event.id, 2, rsvp_status=YES)
    await organizer.attendee(event.id, 3)
    await organizer.match(event.id, two.id, one.id)
    await organizer.notified(event.id, audience=audience)
    assert {to for to, _ in organisation.received()} == {phone(n) for n in texted}


async def test_a_text_can_contain_placeholders_for_matches_and_the_count_of_new_answers(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    ann = await organizer.attendee(event.id, 1, first_name="Ann", rsvp_status=YES)
    ben = await organizer.attendee(event.id, 2, first_name="Ben", last_name="Oak", rsvp_status=YES)
    cat = await organizer.attendee(event.id, 3, first_name="Cat", rsvp_status=YES)
    await organizer.match(event.id, ann.id, ben.id)
    await organizer.match(event.id, cat.id, ann.id)
    await organizer.notified(
        event.id,
        MATCH_REVEAL,
        attendee_ids=[ann.id],
        message="{{firstName}}: {{matchCount}}, {{matchNames}}",
    )
    await organizer.notified(event.id, NEW_RSVPS, attendee_ids=[ann.id])
    await organizer.attendee(event.id, 4, rsvp_status=YES)
    await organizer.notified(event.id, NEW_RSVPS, attendee_ids=[ann.id])
    assert organisation.received() == {
        (phone(1), "Ann: 2, Ben Oak, Cat"): 1,
        (phone(1), "3 more people RSVP'd for Garden party."): 1,
        (phone(1), "1 more people RSVP'd for Garden party."): 1,
    }


async def test_placeholders_in_given_values_are_not_filled(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    await organizer.notified(event.id, message="See {{link}}", variables={"link": "{{firstName}}"})
    assert set(organisation.received()) == {(phone(1), "See {{firstName}}")}


async def test_an_event_can_have_its_own_texts(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    text = {"notification_type": INVITATION, "message": "Come, {{firstName}}!"}
    await organizer.ask("SetText", event_id=event.id, **text)
    await organizer.notified(event.id, INVITATION)
    assert set(organisation.received()) == {(phone(1), "Come, Attendee1!")}


async def test_a_message_pauses_with_an_insufficient_balance_and_can_be_resumed(
    neighbours: Neighbours, campaigns: Running
) -> None:
    poor = await an_organisation(neighbours, cents=1)
    organizer = Organizer.of(campaigns, poor)
    event = await organizer.event()
    for number in range(3):
        await organizer.attendee(event.id, number)
    sent = await organizer.notify(event.id, message="x")
    paused = await organizer.until(event.id, sent.id, PAUSED)
    assert paused.status_reason == "insufficient_balance"
    await poor.pay_in(10)
    await organizer.ask("ResumeEventNotification", event_id=event.id, notification_id=sent.id)
    await organizer.until(event.id, sent.id, DONE)
    assert poor.received() == {(phone(n), "x"): 1 for n in range(3)}


async def test_an_attendee_whose_phone_number_changed_gets_the_message_only_once(
    neighbours: Neighbours, campaigns: Running
) -> None:
    poor = await an_organisation(neighbours, cents=1)
    organizer = Organizer.of(campaigns, poor)
    event = await organizer.event()
    attendees = [await organizer.attendee(event.id, number) for number in range(3)]
    sent = await organizer.notify(event.id, message="x")
    await organizer.until(event.id, sent.id, PAUSED)
    await wait_until(poor.received, message="one is sent")
    [(told, _)] = poor.received()
    moved = next(each for each in attendees if each.phone == told)
    await organizer.ask("UpdateAttendee", event_id=event.id, attendee_id=moved.id, phone=phone(77))
    await poor.pay_in(10)
    await organizer.ask("ResumeEventNotification", event_id=event.id, notification_id=sent.id)
    await organizer.until(event.id, sent.id, DONE)
    assert poor.received() == {(phone(n), "x"): 1 for n in range(3)}


async def test_cancelling_the_event_cancels_pending_messages(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    closed = (datetime.now(ZoneInfo("America/Los_Angeles")).hour + 12) % 24
    await set_windows(organisation, (f"{closed:02d}:00", f"{closed + 1:02d}:00"))
    sent = await organizer.notify(event.id)
    await organizer.ask("UpdateEvent", event_id=event.id, status=events_pb2.EVENT_STATUS_CANCELLED)
    await organizer.until(event.id, sent.id, CANCELLED)
    assert not organisation.received()
    assert await organisation.balance() == 1000


async def test_a_message_to_more_attendees_than_a_chunk_has_reaches_all(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    size = 25
    list_id = await organisation.a_list_of(size)
    added = await organizer.ask("AddFromList", event_id=event.id, list_id=list_id)
    assert (added.created, added.skipped) == (size, 0)
    sent = await organizer.notify(event.id, message="Hello")
    await organizer.until(event.id, sent.id, DONE)
    assert organisation.received() == {(phone(n), "Hello"): 1 for n in range(size)}
    assert (await organizer.summary(event.id)).total == size


async def test_a_question_set_is_published_once_and_can_be_announced_again(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1, first_name="Ann")
    set_id = await organizer.question_set(event.id)
    with pytest.raises(Conflict) as early:
        await organizer.ask("NotifyQuestionSet", event_id=event.id, set_id=set_id)
    assert early.value.code == "question_set_not_published"
    published = await organizer.ask("PublishQuestionSet", event_id=event.id, set_id=set_id)
    assert published.question_set_id == set_id
    await organizer.until(event.id, published.id, DONE)
    with pytest.raises(Conflict) as twice:
        await organizer.ask("PublishQuestionSet", event_id=event.id, set_id=set_id)
    assert twice.value.code == "question_set_published"
    again = await organizer.ask(
        "NotifyQuestionSet",
        event_id=event.id,
        set_id=set_id,
        message="{{questionCount}} questions",
    )
    await organizer.until(event.id, again.id, DONE)
    text = "Hi Ann, there are new questions for Garden party: Ice breakers"
    assert organisation.received() == {(phone(1), text): 1, (phone(1), "2 questions"): 1}
    assert (await organizer.summary(event.id)).by_type.question_set == 2
