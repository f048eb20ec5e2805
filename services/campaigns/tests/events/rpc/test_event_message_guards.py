"""Who may send event messages, when, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from servicekit import operation
from servicekit.errors import (
    Conflict,
    CrossOrgAccess,
    Forbidden,
    InvalidInput,
    NotFound,
)
from servicekit.ids import new_id
from services.campaigns.tests.event_owner import VIEW
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation
from services.campaigns.tests.organizer import (
    INVITATION,
    Organizer,
)
from smsblaster.events.v1 import attendees_pb2, events_pb2

pytestmark = pytest.mark.usefixtures("sender")

YES = attendees_pb2.RSVP_STATUS_YES


async def test_a_placeholder_without_a_value_is_rejected_and_nothing_is_sent(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    with pytest.raises(InvalidInput, match="link") as refused:
        await organizer.notify(event.id, message="See {{link}} {{questionSetTitle}}")
    assert refused.value.code == "missing_variables"
    assert not organisation.received()


async def test_a_repeated_request_returns_the_same_event_message(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    with operation.operating(new_id()):
        first = await organizer.notify(event.id)
        await organizer.until(event.id, first.id, DONE)
        again = await organizer.notify(event.id)
    assert again.id == first.id
    assert sum(organisation.received().values()) == 1


async def test_the_same_message_is_rejected_while_the_first_is_being_sent(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    one = await organizer.attendee(event.id, 1)
    await organizer.attendee(event.id, 2)
    await organizer.notify(event.id)
    with pytest.raises(Conflict) as refused:
        await organizer.notify(event.id)
    assert refused.value.code == "notification_running"
    other = await organizer.notify(event.id, attendee_ids=[one.id])
    assert other.recipients == 1


async def test_a_message_without_recipients_is_rejected(organizer: Organizer) -> None:
    event = await organizer.event()
    with pytest.raises(InvalidInput) as empty:
        await organizer.notify(event.id)
    await organizer.attendee(event.id, None)
    with pytest.raises(InvalidInput, match="phone number") as mute:
        await organizer.notify(event.id)
    assert empty.value.code == mute.value.code == "nobody_to_notify"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": events_pb2.EVENT_STATUS_DRAFT}, "event_not_published"),
        ({"status": events_pb2.EVENT_STATUS_CANCELLED}, "event_not_published"),
        ({"date": datetime.now(UTC) - timedelta(days=91)}, "event_over"),
    ],
)
async def test_events_that_are_drafts_or_cancelled_or_long_over_send_no_messages(
    organizer: Organizer, fields: dict[str, object], code: str
) -> None:
    event = await organizer.event(**fields)
    await organizer.attendee(event.id, 1)
    with pytest.raises(Conflict) as refused:
        await organizer.notify(event.id)
    assert refused.value.code == code


async def test_sending_requires_the_curate_permission(organizer: Organizer) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    viewer, stranger = organizer.colleague(), organizer.colleague()
    await organizer.ask(
        "SetOrganizer", event_id=event.id, user_id=str(viewer.person.user_id), permission=VIEW
    )
    for person in (viewer, stranger):
        with pytest.raises(Forbidden) as refused:
            await person.ask("Notify", event_id=event.id, notification_type=INVITATION)
        assert refused.value.code == "event_access_denied"
    assert not (await viewer.ask("ListEventNotifications", event_id=event.id)).items
    with pytest.raises(Forbidden):
        await stranger.ask("ListEventNotifications", event_id=event.id)


async def test_ids_of_other_organisations_are_refused(
    organizer: Organizer, neighbours: Neighbours
) -> None:
    event = await organizer.event()
    mine = await organizer.attendee(event.id, 1)
    theirs = await an_organisation(neighbours, cents=10)
    stranger = Organizer.of(organizer.service, theirs)
    foreign = await stranger.event()
    other_attendee = await stranger.attendee(foreign.id, 1)
    with pytest.raises(CrossOrgAccess):
        await organizer.notify(foreign.id)
    with pytest.raises(CrossOrgAccess):
        await organizer.notify(event.id, attendee_ids=[mine.id, other_attendee.id])
    with pytest.raises(NotFound) as missing:
        await organizer.notify(event.id, attendee_ids=[str(new_id())])
    assert missing.value.code == "attendee_not_found"
    with pytest.raises(NotFound):
        await organizer.notify(event.id, template_id=str(new_id()))


async def test_an_event_message_is_not_visible_as_a_campaign(
    organizer: Organizer, marketer: Marketer
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    sent = await organizer.notify(event.id)
    for method in ("GetCampaign", "PauseCampaign", "CancelCampaign", "DuplicateCampaign"):
        with pytest.raises(NotFound):
            await marketer.on(method, sent.id)


async def test_a_question_set_stays_a_draft_when_nobody_gets_the_message(
    organizer: Organizer,
) -> None:
    event = await organizer.event()
    set_id = await organizer.question_set(event.id)
    with pytest.raises(InvalidInput):
        await organizer.ask("PublishQuestionSet", event_id=event.id, set_id=set_id)
    await organizer.attendee(event.id, 1)
    published = await organizer.ask("PublishQuestionSet", event_id=event.id, set_id=set_id)
    assert published.recipients == 1
