"""Matches: pairs of attendees of an event who should meet."""

import pytest

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.event_owner import VIEW, EventOwner
from services.campaigns.tests.event_rows import an_attendee
from smsblaster.events.v1 import question_sets_pb2
from tests.fixtures.running import Person, Running


@pytest.fixture
def host(alone: Running) -> EventOwner:
    return EventOwner(alone, Person(roles=frozenset({"member"})))


async def attendees(database: Database, host: EventOwner, event_id: str, count: int) -> list[str]:
    """Insert attendees of an event. Return their ids in order."""
    return [str(await an_attendee(database, host.person, event_id)) for _ in range(count)]


async def match(host: EventOwner, event_id: str, *pairs: tuple[str, str]) -> int:
    """Add pairs of attendees. Return the count of new pairs."""
    answer = await host.ask(
        "AddMatches",
        event_id=event_id,
        pairs=[
            question_sets_pb2.Pair(attendee_id=one, matched_attendee_id=other)
            for one, other in pairs
        ],
    )
    return int(answer.created)


async def pairs_of(host: EventOwner, event_id: str) -> list[tuple[str, str]]:
    found = await host.all_of("ListMatches", 2, event_id=event_id)
    return [(each.attendee_id, each.matched_attendee_id) for each in found]


async def test_a_pair_is_stored_once_in_either_order(host: EventOwner, database: Database) -> None:
    event = await host.create()
    a, b, c = await attendees(database, host, event.id, 3)
    assert await match(host, event.id, (b, a), (a, b), (b, c)) == 2
    assert await match(host, event.id, (a, b), (c, b), (a, c)) == 1
    assert await pairs_of(host, event.id) == [(a, c), (b, c), (a, b)]


async def test_an_attendee_cannot_be_matched_with_themselves(
    host: EventOwner, database: Database
) -> None:
    event = await host.create()
    a, b = await attendees(database, host, event.id, 2)
    with pytest.raises(InvalidInput) as caught:
        await match(host, event.id, (a, b), (b, b))
    assert fields_of(caught.value) == ["pairs[1].matchedAttendeeId"]
    with pytest.raises(InvalidInput, match="pairs"):
        await match(host, event.id)
    assert not await pairs_of(host, event.id)


async def test_both_attendees_of_a_match_must_belong_to_the_event(
    host: EventOwner, database: Database
) -> None:
    event, other = await host.create(), await host.create()
    [a] = await attendees(database, host, event.id, 1)
    [elsewhere] = await attendees(database, host, other.id, 1)
    [gone] = await attendees(database, host, event.id, 1)
    await host.ask("DeleteAttendee", event_id=event.id, attendee_id=gone)
    for absent in (elsewhere, gone, str(new_id())):
        with pytest.raises(NotFound, match=absent) as caught:
            await match(host, event.id, (a, absent))
        assert caught.value.code == "attendee_not_found"
    assert not await pairs_of(host, event.id)


async def test_matches_of_a_deleted_attendee_are_deleted(
    host: EventOwner, database: Database
) -> None:
    event = await host.create()
    a, b, c = await attendees(database, host, event.id, 3)
    await match(host, event.id, (a, b), (b, c), (a, c))
    await host.ask("DeleteAttendee", event_id=event.id, attendee_id=b)
    assert await pairs_of(host, event.id) == [(a, c)]


async def test_a_deleted_match_is_not_found(host: EventOwner, database: Database) -> None:
    event, other = await host.create(), await host.create()
    a, b = await attendees(database, host, event.id, 2)
    await match(host, event.id, (a, b))
    [found] = await host.all_of("ListMatches", 50, event_id=event.id)
    with pytest.raises(NotFound):
        await host.ask("DeleteMatch", event_id=other.id, match_id=found.id)
    await host.ask("DeleteMatch", event_id=event.id, match_id=found.id)
    assert not await pairs_of(host, event.id)
    with pytest.raises(NotFound) as caught:
        await host.ask("DeleteMatch", event_id=event.id, match_id=found.id)
    assert caught.value.code == "match_not_found"


async def test_matches_and_attendees_of_another_organisation_are_refused(
    host: EventOwner, database: Database, alone: Running
) -> None:
    event = await host.create()
    a, b = await attendees(database, host, event.id, 2)
    await match(host, event.id, (a, b))
    [found] = await host.all_of("ListMatches", 50, event_id=event.id)
    stranger = EventOwner(alone, Person())
    own = await stranger.create()
    [c] = await attendees(database, stranger, own.id, 1)
    for event_id in (event.id, own.id):
        with pytest.raises(CrossOrgAccess):
            await match(stranger, event_id, (a, c))
        with pytest.raises(CrossOrgAccess):
            await stranger.ask("DeleteMatch", event_id=event_id, match_id=found.id)
    with pytest.raises(CrossOrgAccess):
        await pairs_of(stranger, event.id)
    assert await pairs_of(host, event.id) == [(a, b)]


async def test_a_user_with_the_view_permission_can_read_but_not_write(
    host: EventOwner, database: Database
) -> None:
    event, viewer = await host.create(), host.colleague()
    user_id = str(viewer.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=VIEW)
    a, b = await attendees(database, host, event.id, 2)
    await match(host, event.id, (a, b))
    [found] = await viewer.all_of("ListMatches", 50, event_id=event.id)
    with pytest.raises(Forbidden):
        await viewer.ask("DeleteMatch", event_id=event.id, match_id=found.id)
    with pytest.raises(Forbidden):
        await match(viewer, event.id, (a, b))
    with pytest.raises(Forbidden):
        await pairs_of(host.colleague(), event.id)
