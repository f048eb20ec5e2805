"""Attendees are linked to contacts and shown with the state of their messages."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.event_owner import ATTENDEE, VIEW, EventOwner
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc
from tests.fixtures.running import Person, Running

BY_ID = ("GetAttendee", "UpdateAttendee", "DeleteAttendee")

Attendee = ATTENDEE.Attendee
NONE, DELIVERED = ATTENDEE.SMS_STATE_NONE, ATTENDEE.SMS_STATE_DELIVERED
PENDING, FAILED = ATTENDEE.SMS_STATE_PENDING, ATTENDEE.SMS_STATE_FAILED
ANSWERED_YES = ATTENDEE.RSVP_STATUS_YES


@pytest.fixture
def host(campaigns: Running, organisation: Organisation) -> EventOwner:
    return EventOwner(campaigns, organisation.person)


async def add(host: EventOwner, event_id: str, **fields: Any) -> Attendee:
    given = {"first_name": "Ada"} | fields
    created: Attendee = await host.ask("CreateAttendee", event_id=event_id, **given)
    return created


async def text_them(organisation: Organisation, event_id: str, *attendees: Attendee) -> None:
    """Create a message to each attendee in messaging. No sender process runs, so none is sent."""
    messaging = organisation.neighbours.messaging
    stub = dispatch_pb2_grpc.DispatchServiceStub(messaging.channel)
    request = dispatch_pb2.SubmitChunkRequest(
        campaign_id=str(new_id()),
        user_id=str(organisation.person.user_id),
        event_id=event_id,
        notification_type="invitation",
        recipients=[
            dispatch_pb2.ChunkRecipient(
                contact_id=each.contact_id, phone=each.phone, body="Come!", attendee_id=each.id
            )
            for each in attendees
        ],
    )
    with acting_as(organisation.person.identity()):
        answer = await messaging.caller("campaigns").call(stub.SubmitChunk, request)
    assert answer.accepted == len(attendees)


async def becomes(organisation: Organisation, attendee: Attendee, status: str) -> None:
    """Set the status of all messages to an attendee."""
    query = text("UPDATE sms_messages SET status = :status WHERE attendee_id = :attendee_id")
    async with organisation.neighbours.messaging_database.system() as connection:
        await connection.execute(query, {"status": status, "attendee_id": UUID(attendee.id)})


async def test_an_attendee_is_linked_to_the_contact_with_their_number(
    host: EventOwner, organisation: Organisation
) -> None:
    event = await host.create()
    contact_id = await organisation.a_contact(7)
    created = await add(
        host, event.id, first_name=" Ada ", last_name=" Lovelace ", phone="(415) 600-0007"
    )
    assert (created.first_name, created.last_name) == ("Ada", "Lovelace")
    assert (created.phone, created.contact_id) == (phone(7), contact_id)
    assert created.rsvp_status == ATTENDEE.RSVP_STATUS_PENDING
    assert not created.HasField("rsvp_at")
    assert created.sms_state == NONE
    assert await host.ask("GetAttendee", event_id=event.id, attendee_id=created.id) == created


async def test_a_new_number_becomes_a_contact(host: EventOwner, organisation: Organisation) -> None:
    event = await host.create()
    created = await add(host, event.id, phone=phone(8))
    assert [created.contact_id] == await organisation.contact_ids([phone(8)])


async def test_a_new_contact_gets_the_attendees_name_and_an_existing_contact_keeps_its_name(
    host: EventOwner, organisation: Organisation
) -> None:
    event = await host.create()
    nameless, named = (
        await organisation.a_contact(2),
        await organisation.a_contact(3, first_name="Eva"),
    )
    full = await add(host, event.id, first_name="Ada", last_name="Lovelace", phone=phone(1))
    for number in (2, 3):
        await add(host, event.id, first_name="Ada", last_name="Lovelace", phone=phone(number))
    of_full = {"event_id": event.id, "attendee_id": full.id}
    await host.ask("UpdateAttendee", **of_full, first_name="Augusta", phone=phone(4))
    await host.ask("UpdateAttendee", **of_full, phone=phone(5), last_name="")
    await host.ask("UpdateAttendee", **of_full, first_name="Countess")
    numbers = [phone(n) for n in range(1, 6)]
    assert [await organisation.name_of(number) for number in numbers] == [
        ("Ada", "Lovelace"),
        ("", ""),
        ("Eva", ""),
        ("Augusta", "Lovelace"),
        ("Augusta", ""),
    ]
    assert set(await organisation.contact_ids(numbers[1:3])) == {nameless, named}


async def test_an_attendee_without_a_name_can_get_a_new_number(
    host: EventOwner, organisation: Organisation
) -> None:
    event = await host.create()
    await host.ask("AddFromList", event_id=event.id, list_id=await organisation.a_list_of(1))
    [nameless] = await host.all_of("ListAttendees", 1, event_id=event.id)
    of_nameless = {"event_id": event.id, "attendee_id": nameless.id}
    assert (await host.ask("UpdateAttendee", **of_nameless, phone=phone(9))).phone == phone(9)
    assert await organisation.name_of(phone(9)) == ("", "")


async def test_an_attendee_can_have_no_number(host: EventOwner) -> None:
    event = await host.create()
    for _ in range(2):
        created = await add(host, event.id, rsvp_status=ANSWERED_YES)
        assert not created.HasField("phone")
        assert not created.HasField("contact_id")
        assert not created.HasField("last_name")
        assert created.rsvp_at.seconds > 0


async def test_two_attendees_of_an_event_cannot_have_the_same_number(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    first = await add(host, event.id, phone=phone(1))
    second = await add(host, event.id, phone=phone(2))
    of_second = {"event_id": event.id, "attendee_id": second.id}
    for again in (
        add(host, event.id, phone=phone(1)),
        host.ask("UpdateAttendee", **of_second, phone=phone(1)),
    ):
        with pytest.raises(Conflict) as caught:
            await again
        assert caught.value.code == "attendee_exists"
    assert await host.all_of("ListAttendees", 50, event_id=event.id) == [second, first]
    await add(host, other.id, phone=phone(1))
    await host.ask("DeleteAttendee", event_id=event.id, attendee_id=first.id)
    await host.ask("UpdateAttendee", **of_second, phone=phone(1))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first_name": " "}, "firstName"),
        ({"first_name": "x" * 101}, "firstName"),
        ({"last_name": "x" * 101}, "lastName"),
        ({"phone": "800"}, "phone"),
        ({"phone": "1" * 41}, "phone"),
        ({"rsvp_status": 0}, "rsvpStatus"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    host: EventOwner, fields: dict[str, Any], field: str
) -> None:
    event = await host.create()
    with pytest.raises(InvalidInput) as caught:
        await add(host, event.id, **fields)
    assert fields_of(caught.value) == [field]
    created = await add(host, event.id)
    with pytest.raises(InvalidInput) as caught:
        await host.ask("UpdateAttendee", event_id=event.id, attendee_id=created.id, **fields)
    assert fields_of(caught.value) == [field]
    if fields == {"phone": "800"}:
        assert caught.value.code == "invalid_number"
    assert await host.all_of("ListAttendees", 50, event_id=event.id) == [created]


async def test_an_update_of_an_attendee_changes_only_the_given_fields(host: EventOwner) -> None:
    event = await host.create()
    created = await add(host, event.id, last_name="Lovelace", phone=phone(1))
    of_it = {"event_id": event.id, "attendee_id": created.id}
    renamed = await host.ask("UpdateAttendee", **of_it, first_name="Grace", last_name="")
    assert (renamed.first_name, renamed.HasField("last_name")) == ("Grace", False)
    assert (renamed.phone, renamed.contact_id) == (created.phone, created.contact_id)
    moved = await host.ask("UpdateAttendee", **of_it, phone=phone(2))
    assert (moved.first_name, moved.phone) == ("Grace", phone(2))
    assert moved.contact_id != created.contact_id
    lost = await host.ask("UpdateAttendee", **of_it, phone="")
    assert not lost.HasField("phone")
    assert not lost.HasField("contact_id")
    assert await host.ask("UpdateAttendee", **of_it) == lost


async def test_the_time_of_an_attendees_answer_changes_only_with_a_new_answer(
    host: EventOwner,
) -> None:
    event = await host.create()
    created = await add(host, event.id)
    of_it = {"event_id": event.id, "attendee_id": created.id}
    said_yes = await host.ask("UpdateAttendee", **of_it, rsvp_status=ANSWERED_YES)
    assert said_yes.rsvp_status == ANSWERED_YES
    assert said_yes.rsvp_at.ToDatetime() > created.created_at.ToDatetime()
    assert await host.ask("UpdateAttendee", **of_it, rsvp_status=ANSWERED_YES) == said_yes
    said_no = await host.ask("UpdateAttendee", **of_it, rsvp_status=ATTENDEE.RSVP_STATUS_NO)
    assert said_no.rsvp_at.ToDatetime() > said_yes.rsvp_at.ToDatetime()


async def test_attendees_are_listed_newest_first(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    created = [await add(host, event.id) for _ in range(3)]
    coming = await add(host, event.id, rsvp_status=ANSWERED_YES)
    await add(host, other.id)
    everyone = [coming, *created[::-1]]
    assert await host.all_of("ListAttendees", 2, event_id=event.id) == everyone
    found = await host.all_of("ListAttendees", 50, event_id=event.id, rsvp_status=ANSWERED_YES)
    assert found == [coming]
    assert not await host.all_of("ListAttendees", 50, event_id=(await host.create()).id)


async def test_the_list_shows_the_state_of_each_attendees_messages(
    host: EventOwner, organisation: Organisation
) -> None:
    event, other = await host.create(), await host.create()
    attendees = [await add(host, event.id, phone=phone(n)) for n in range(4)]
    untold, reached, underway, lost = attendees
    await text_them(organisation, event.id, reached, underway, lost)
    elsewhere = await add(host, other.id, phone=phone(0))
    await text_them(organisation, other.id, elsewhere)
    await becomes(organisation, reached, "delivered")
    await becomes(organisation, lost, "undelivered")
    found = await host.all_of("ListAttendees", 50, event_id=event.id)
    expected = {untold.id: NONE, reached.id: DELIVERED, underway.id: PENDING, lost.id: FAILED}
    assert {each.id: each.sms_state for each in found} == expected
    for attendee_id, state in expected.items():
        of_it = {"event_id": event.id, "attendee_id": attendee_id}
        assert (await host.ask("GetAttendee", **of_it)).sms_state == state
        assert (await host.ask("UpdateAttendee", **of_it, last_name="L")).sms_state == state
    await text_them(organisation, event.id, reached)
    page = await host.ask("ListAttendees", event_id=event.id)
    assert {each.id: each.sms_state for each in page.items}[reached.id] == PENDING


async def test_a_deleted_attendee_is_not_found(host: EventOwner) -> None:
    event = await host.create()
    created = await add(host, event.id)
    await host.ask("DeleteAttendee", event_id=event.id, attendee_id=created.id)
    assert not await host.all_of("ListAttendees", 50, event_id=event.id)
    for method in BY_ID:
        with pytest.raises(NotFound) as caught:
            await host.ask(method, event_id=event.id, attendee_id=created.id)
        assert caught.value.code == "attendee_not_found"


async def test_an_attendee_of_another_event_is_not_found(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    created = await add(host, other.id)
    for method in BY_ID:
        for attendee_id in (created.id, str(new_id())):
            with pytest.raises(NotFound) as caught:
                await host.ask(method, event_id=event.id, attendee_id=attendee_id)
            assert caught.value.code == "attendee_not_found"
    assert await host.ask("GetAttendee", event_id=other.id, attendee_id=created.id) == created


async def test_an_attendee_of_another_organisation_is_refused(
    host: EventOwner, campaigns: Running
) -> None:
    event = await host.create()
    created = await add(host, event.id)
    stranger = EventOwner(campaigns, Person())
    own = await stranger.create()
    for event_id in (event.id, own.id):
        for method in BY_ID:
            with pytest.raises(CrossOrgAccess):
                await stranger.ask(method, event_id=event_id, attendee_id=created.id)
    with pytest.raises(CrossOrgAccess):
        await stranger.ask("ListAttendees", event_id=event.id)
    with pytest.raises(CrossOrgAccess):
        await add(stranger, event.id)
    assert await host.all_of("ListAttendees", 50, event_id=event.id) == [created]


async def test_a_user_with_the_view_permission_can_read_but_not_write(host: EventOwner) -> None:
    event, viewer = await host.create(), host.colleague()
    user_id = str(viewer.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=VIEW)
    created = await add(host, event.id)
    of_it = {"event_id": event.id, "attendee_id": created.id}
    assert await viewer.ask("GetAttendee", **of_it) == created
    assert await viewer.all_of("ListAttendees", 50, event_id=event.id) == [created]
    for method in ("UpdateAttendee", "DeleteAttendee"):
        with pytest.raises(Forbidden):
            await viewer.ask(method, **of_it)
    with pytest.raises(Forbidden):
        await add(viewer, event.id)
    for method in BY_ID:
        with pytest.raises(Forbidden):
            await host.colleague().ask(method, **of_it)
