"""The quote of an event message is its exact price, and can be confirmed."""

from typing import Any

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.event_owner import VIEW, EventOwner
from services.campaigns.tests.marketer import DONE
from services.campaigns.tests.organisation import Organisation, phone
from services.campaigns.tests.organizer import INVITATION, QUESTION_SET, Organizer
from smsblaster.events.v1 import events_pb2, notifications_pb2, notifications_pb2_grpc
from tests.fixtures.running import Person

pytestmark = pytest.mark.usefixtures("sender")


async def quote(
    organizer: EventOwner, event_id: str, kind: Any = INVITATION, **fields: Any
) -> notifications_pb2.NotificationQuote:
    stub = notifications_pb2_grpc.EventNotificationServiceStub(organizer.service.channel)
    request = notifications_pb2.QuoteNotificationRequest(
        event_id=event_id, notification_type=kind, **fields
    )
    with acting_as(organizer.identity()):
        return await organizer.service.caller().call(stub.QuoteNotification, request, timeout=100)


async def test_a_quote_counts_the_text_of_each_attendee_and_equals_the_charge(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    await organizer.attendee(event.id, 2, first_name="x" * 90)
    await organizer.attendee(event.id, 3)
    await organizer.attendee(event.id, None, first_name="Bea")
    await organisation.opt_out(3)
    text = {"message": "{{firstName}} " + "a" * 100}
    quoted = await quote(organizer, event.id, **text)
    assert (quoted.recipients, quoted.opted_out, quoted.without_phone) == (2, 1, 1)
    assert (quoted.total_cents, quoted.complete) == (3, True)
    assert {preview.to for preview in quoted.previews} == {phone(1), phone(2)}
    assert not organisation.received()
    sent = await organizer.notify(event.id, INVITATION, **text, price_version=quoted.price_version)
    await organizer.until(event.id, sent.id, DONE)
    assert 1000 - await organisation.balance() == quoted.total_cents


async def test_an_outdated_quote_sends_nothing(
    organizer: Organizer, organisation: Organisation
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    quoted = await quote(organizer, event.id)
    await organizer.ask("UpdateEvent", event_id=event.id, name="Another name")
    with pytest.raises(Conflict) as refusal:
        await organizer.notify(event.id, INVITATION, price_version=quoted.price_version)
    assert refusal.value.code == "price_changed"
    assert not organisation.received()
    again = await quote(organizer, event.id)
    await organizer.notified(event.id, INVITATION, price_version=again.price_version)


async def test_a_message_about_a_question_set_is_quoted_before_it_is_published(
    organizer: Organizer,
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    set_id = await organizer.question_set(event.id)
    quoted = await quote(organizer, event.id, QUESTION_SET, question_set_id=set_id)
    assert "Ice breakers" in quoted.previews[0].message
    found = await organizer.ask("GetQuestionSet", event_id=event.id, set_id=set_id)
    assert not found.HasField("published_at")


async def test_a_quote_for_an_event_without_recipients_costs_nothing(organizer: Organizer) -> None:
    event = await organizer.event()
    quoted = await quote(organizer, event.id)
    assert (quoted.recipients, quoted.total_cents) == (0, 0)


async def test_an_event_message_that_cannot_be_sent_cannot_be_quoted(organizer: Organizer) -> None:
    event = await organizer.event()
    with pytest.raises(InvalidInput) as missing:
        await quote(organizer, event.id, message="See {{link}}")
    assert missing.value.code == "missing_variables"
    with pytest.raises(NotFound):
        await quote(organizer, event.id, attendee_ids=[str(new_id())])
    draft = await organizer.event(status=events_pb2.EVENT_STATUS_DRAFT)
    with pytest.raises(Conflict):
        await quote(organizer, draft.id)


async def test_a_quote_of_an_event_message_needs_the_permission_to_send_it(
    organizer: Organizer,
) -> None:
    event = await organizer.event()
    with pytest.raises(CrossOrgAccess):
        await quote(EventOwner(organizer.service, Person()), event.id)
    viewer = organizer.colleague()
    await organizer.ask(
        "SetOrganizer", event_id=event.id, user_id=str(viewer.person.user_id), permission=VIEW
    )
    with pytest.raises(Forbidden):
        await quote(viewer, event.id)
