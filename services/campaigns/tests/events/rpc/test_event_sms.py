"""The history, counts and retries of messages to attendees."""

import pytest

from servicekit.errors import (
    CrossOrgAccess,
    NotFound,
)
from servicekit.ids import new_id
from services.campaigns.tests.organisation import Neighbours, an_organisation, phone
from services.campaigns.tests.organizer import (
    EVENT_REMINDER,
    INVITATION,
    NEW_RSVPS,
    Organizer,
)
from services.campaigns.tests.outcomes import fate
from services.campaigns.tests.scene import Scene
from smsblaster.events.v1 import attendees_pb2, sms_pb2

pytestmark = pytest.mark.usefixtures("sender")

DELIVERED = sms_pb2.SMS_STATUS_DELIVERED
UNDELIVERED = sms_pb2.SMS_STATUS_UNDELIVERED
UNREACHABLE, LANDLINE = 30003, 30006


async def test_the_history_lists_all_messages_newest_first(scene: Scene) -> None:
    first = await scene.failed(UNREACHABLE, body="one")
    second = await scene.failed(None, "delivered", body="two")
    history = await scene.history()
    assert history.attendee.id == scene.attendee
    assert (history.attendee.first_name, history.attendee.last_name) == ("Ann", "Lee")
    assert history.attendee.phone == phone(1)
    assert [m.id for m in history.messages] == [second, first]
    newest, oldest = history.messages
    assert (newest.status, newest.body, newest.notification_type) == (
        DELIVERED,
        "two",
        EVENT_REMINDER,
    )
    assert newest.HasField("delivered_at")
    assert not newest.HasField("error_code")
    assert oldest.status == UNDELIVERED
    summary = history.summary
    assert (summary.total, summary.delivered, summary.failed, summary.pending) == (2, 1, 1, 0)


async def test_counts_are_zero_without_messages(scene: Scene) -> None:
    history = await scene.history()
    assert (len(history.messages), history.summary.total, history.summary.pending) == (0, 0, 0)
    summary = await scene.organizer.summary(scene.event)
    assert (summary.total, summary.delivery_rate, len(summary.failed_messages)) == (0, 0.0, 0)
    assert summary.by_status == sms_pb2.SmsByStatus()
    assert summary.by_type == sms_pb2.SmsByType()


@pytest.mark.parametrize(
    ("status", "seen_as"),
    [
        ("pending", "queued"),
        ("sending", "queued"),
        ("unknown", "queued"),
        ("queued", "queued"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("undelivered", "undelivered"),
        ("failed", "failed"),
        ("cancelled", "failed"),
    ],
)
async def test_each_message_status_is_shown_to_organizers_as_one_of_five(
    scene: Scene, status: str, seen_as: str
) -> None:
    await scene.failed(None, status)
    history = await scene.history()
    name = sms_pb2.SmsStatus.Name(history.messages[0].status)
    assert name == f"SMS_STATUS_{seen_as.upper()}"
    summary = await scene.organizer.summary(scene.event)
    assert getattr(summary.by_status, seen_as) == summary.total == 1


@pytest.mark.parametrize(
    ("code", "title", "description", "retryable"),
    [
        (
            30003,
            "Unreachable handset",
            "Phone may be off or out of service area. Try again later.",
            True,
        ),
        (
            30006,
            "Landline detected",
            "This number appears to be a landline and cannot receive SMS.",
            False,
        ),
        (
            30007,
            "Carrier filtered",
            "Message was blocked by the carrier. This may be a spam filter.",
            False,
        ),
        (21211, "Invalid phone number", "The phone number format is invalid.", False),
        (21608, "Unverified number", "The sending number is not verified with Twilio.", False),
        (39999, "Error 39999", "An unexpected error occurred.", True),
    ],
)
async def test_error_codes_of_messages_have_the_explanations_that_the_specification_lists(
    scene: Scene, code: int, title: str, description: str, retryable: bool
) -> None:
    await scene.failed(code)
    [message] = (await scene.history()).messages
    assert (message.error_code, message.error_title) == (str(code), title)
    assert (message.error_message, message.retryable) == (description, retryable)


async def test_the_summary_counts_messages_by_status_and_type(
    organizer: Organizer, neighbours: Neighbours
) -> None:
    event = await organizer.event()
    ann = await organizer.attendee(event.id, 1, first_name="Ann", last_name="Lee")
    await organizer.attendee(event.id, 2)
    await organizer.attendee(event.id, 3)
    invitation = await organizer.notified(event.id, INVITATION)
    await fate(neighbours, invitation.id, phone(1), "undelivered", UNREACHABLE)
    await fate(neighbours, invitation.id, phone(2), "delivered")
    await fate(neighbours, invitation.id, phone(3), "delivered")
    told = await organizer.notified(event.id, NEW_RSVPS, attendee_ids=[ann.id])
    await fate(neighbours, told.id, phone(1), "sent")
    summary = await organizer.summary(event.id)
    assert summary.total == 4
    assert summary.by_status == sms_pb2.SmsByStatus(sent=1, delivered=2, undelivered=1)
    assert summary.by_type == sms_pb2.SmsByType(invitation=3, new_rsvps=1)
    assert [(each.notification_type, each.by_status) for each in summary.outcomes] == [
        (INVITATION, sms_pb2.SmsByStatus(delivered=2, undelivered=1)),
        (NEW_RSVPS, sms_pb2.SmsByStatus(sent=1)),
    ]
    assert summary.delivery_rate == pytest.approx(2 / 3)
    [failed] = summary.failed_messages
    assert (failed.attendee_id, failed.attendee_name) == (ann.id, "Ann Lee")
    assert failed.error_code == str(UNREACHABLE)


async def test_history_of_another_organisation_is_refused(
    scene: Scene, neighbours: Neighbours
) -> None:
    original = await scene.failed(UNREACHABLE)
    theirs = Organizer.of(scene.organizer.service, await an_organisation(neighbours, cents=10))
    event = await theirs.event()
    other_attendee = await theirs.attendee(event.id, 1)
    with pytest.raises(CrossOrgAccess):
        await theirs.history(scene.event, scene.attendee)
    with pytest.raises(CrossOrgAccess):
        await theirs.history(event.id, scene.attendee)
    with pytest.raises(CrossOrgAccess):
        await theirs.summary(scene.event)
    with pytest.raises(CrossOrgAccess):
        await theirs.retry(event.id, other_attendee.id, message_id=original)
    with pytest.raises(NotFound) as missing:
        await theirs.retry(event.id, other_attendee.id, message_id=str(new_id()))
    assert missing.value.code == "message_not_found"


async def test_the_list_of_attendees_shows_the_state_of_each_attendees_messages(
    organizer: Organizer, neighbours: Neighbours
) -> None:
    event = await organizer.event()
    for number in range(1, 5):
        await organizer.attendee(event.id, number)
    sent = await organizer.notified(event.id, message="x")
    await fate(neighbours, sent.id, phone(1), "delivered")
    await fate(neighbours, sent.id, phone(2), "sent")
    await fate(neighbours, sent.id, phone(3), "failed", UNREACHABLE)
    await fate(neighbours, sent.id, phone(4), "undelivered", UNREACHABLE)
    listed = await organizer.ask("ListAttendees", event_id=event.id)
    states = {a.phone: attendees_pb2.SmsState.Name(a.sms_state) for a in listed.items}
    assert states[phone(1)] == "SMS_STATE_DELIVERED"
    assert states[phone(2)] == "SMS_STATE_PENDING"
    assert states[phone(3)] == states[phone(4)] == "SMS_STATE_FAILED"


async def test_after_a_delivered_retry_the_attendees_state_is_delivered(scene: Scene) -> None:
    original = await scene.failed(UNREACHABLE)
    wanted = {"event_id": scene.event, "attendee_id": scene.attendee}
    assert (await scene.organizer.ask("GetAttendee", **wanted)).sms_state == (
        attendees_pb2.SMS_STATE_FAILED
    )
    attempt = (await scene.retry(message_id=original)).results[0].new_message_id
    await scene.settle(attempt, "delivered")
    assert (await scene.organizer.ask("GetAttendee", **wanted)).sms_state == (
        attendees_pb2.SMS_STATE_DELIVERED
    )
