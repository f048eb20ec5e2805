"""Find attendees by name, number, answer and the state of their messages."""

from collections.abc import Mapping
from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.campaigns.events.support import find_attendees
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.outcomes import fate
from smsblaster.events.v1 import attendees_pb2 as pb

FATES: Mapping[int, tuple[str, int | None]] = {
    1: ("delivered", None),
    2: ("undelivered", 30005),
    3: ("sent", None),
    4: ("failed", 21211),
}
STATES = {
    pb.SMS_STATE_DELIVERED: [1],
    pb.SMS_STATE_FAILED: [4, 2],
    pb.SMS_STATE_PENDING: [3],
    pb.SMS_STATE_NONE: [5],
}


@pytest.fixture
async def event_id(organizer: Organizer, neighbours: Neighbours, sender: None) -> str:
    """Create an event whose attendees 1 to 4 got a message, each with another result."""
    event = await organizer.event()
    for number in FATES:
        await organizer.attendee(event.id, number)
    sent = await organizer.notified(event.id)
    for number, (status, code) in FATES.items():
        await fate(neighbours, sent.id, phone(number), status, code)
    await organizer.attendee(event.id, 5)
    return event.id


async def numbers(organizer: Organizer, event_id: str, limit: int, **fields: Any) -> list[int]:
    """Return the number in the name of each attendee that a search finds, over all pages."""
    found = await organizer.all_of("ListAttendees", limit, event_id=event_id, **fields)
    return [int(each.first_name.removeprefix("Attendee")) for each in found]


@pytest.mark.parametrize("looked_at_at_once", [2, 1000])
@pytest.mark.parametrize("limit", [1, 50])
async def test_attendees_are_found_by_the_state_of_their_messages(
    organizer: Organizer,
    event_id: str,
    monkeypatch: pytest.MonkeyPatch,
    looked_at_at_once: int,
    limit: int,
) -> None:
    monkeypatch.setattr(find_attendees, "_AT_ONCE", looked_at_at_once)
    for state, expected in STATES.items():
        assert await numbers(organizer, event_id, limit, sms_state=state) == expected


async def test_a_page_can_be_empty_and_have_a_next_page(
    organizer: Organizer, event_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_attendees, "_AT_ONCE", 1)
    monkeypatch.setattr(find_attendees, "_MOST_LOOKED_AT", 2)
    delivered = pb.SMS_STATE_DELIVERED
    page = await organizer.ask("ListAttendees", event_id=event_id, sms_state=delivered)
    assert not page.items
    assert page.next_cursor
    assert await numbers(organizer, event_id, 1, sms_state=delivered) == [1]


async def test_attendees_are_found_by_name_and_number(
    organizer: Organizer, database: Database
) -> None:
    event = await organizer.event()
    ann = await organizer.attendee(event.id, 1, first_name="Ann-Sophie", last_name="Lee")
    bob = await organizer.attendee(event.id, 2, first_name="Bob", last_name="O'Leary")
    cy = await organizer.attendee(
        event.id,
        None,
        first_name="S\u00f8ren \u0141ukasz O\u2019Ne\u00dfe \u0623\u062d\u0645\u062f",
    )
    searches = {
        "le": [bob.id, ann.id],
        "SOPHIE lee": [ann.id],
        "phie": [],
        "soren lukasz": [cy.id],
        "\u0142UKASZ nesse": [cy.id],
        "\u0627\u062d\u0645\u062f": [cy.id],
        " ": [cy.id, bob.id, ann.id],
        phone(2): [bob.id],
        "(415) 600-0001": [ann.id],
        "15": [],
    }
    for search, expected in searches.items():
        found = await organizer.all_of("ListAttendees", 50, event_id=event.id, search=search)
        assert [each.id for each in found] == expected, search


async def test_attendees_must_match_all_filters(organizer: Organizer, event_id: str) -> None:
    failed = pb.SMS_STATE_FAILED
    assert await numbers(organizer, event_id, 50, sms_state=failed, search="attendee4") == [4]
    coming = pb.RSVP_STATUS_YES
    assert not await numbers(organizer, event_id, 50, sms_state=failed, rsvp_status=coming)


async def test_another_organisations_cursor_is_refused(
    organizer: Organizer, event_id: str, neighbours: Neighbours
) -> None:
    page = await organizer.ask("ListAttendees", event_id=event_id, limit=1)
    stranger = Organizer.of(organizer.service, Organisation(neighbours))
    own = await stranger.event()
    with pytest.raises(InvalidInput) as refusal:
        await stranger.ask("ListAttendees", event_id=own.id, cursor=page.next_cursor)
    assert fields_of(refusal.value) == ["cursor"]
    with pytest.raises(InvalidInput) as refusal:
        await organizer.ask("ListAttendees", event_id=event_id, sms_state=99)
    assert fields_of(refusal.value) == ["smsState"]
