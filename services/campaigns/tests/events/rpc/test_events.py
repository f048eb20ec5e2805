"""Create, read, change and delete events, by permission."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound, Unavailable
from servicekit.ids import new_id
from services.campaigns.tests.builders import audit_events, fields_of, row_of
from services.campaigns.tests.event_owner import CURATE, EVENT, OWNER, VIEW, EventOwner, moment
from services.campaigns.tests.event_rows import an_event_message
from tests.fixtures.running import Person, Running

A_MINUTE_TO_THE_END = Timestamp(seconds=int(datetime(9999, 12, 31, 23, 59, tzinfo=UTC).timestamp()))


@pytest.fixture
def host(alone: Running) -> EventOwner:
    return EventOwner(alone, Person(roles=frozenset({"member"})))


@pytest.fixture
def stranger(alone: Running) -> EventOwner:
    return EventOwner(alone, Person())


async def test_an_event_is_stored_as_entered(host: EventOwner) -> None:
    created = await host.create(
        name=" No Edges ",
        date=moment(1, 18),
        ends_at=moment(1, 23),
        time_zone="Europe/Berlin",
        location="Studio 4",
        status=EVENT.EVENT_STATUS_DRAFT,
    )
    assert created == await host.ask("GetEvent", event_id=created.id)
    assert (created.name, created.location) == ("No Edges", "Studio 4")
    assert (created.date, created.ends_at) == (moment(1, 18), moment(1, 23))
    assert (created.time_zone, created.status) == ("Europe/Berlin", EVENT.EVENT_STATUS_DRAFT)
    assert (created.created_by, created.permission) == (str(host.person.user_id), OWNER)
    assert created.created_at.seconds > 0


async def test_missing_fields_of_an_event_get_defaults(host: EventOwner) -> None:
    created = await host.create()
    assert created.time_zone == "America/New_York"
    assert created.status == EVENT.EVENT_STATUS_PUBLISHED
    assert not created.HasField("location")
    assert not created.HasField("ends_at")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"date": None}, "date"),
        ({"date": A_MINUTE_TO_THE_END}, "date"),
        ({"ends_at": moment(1)}, "endsAt"),
        ({"time_zone": "Mars/Olympus"}, "timeZone"),
        ({"location": "x" * 201}, "location"),
        ({"status": 0}, "status"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    host: EventOwner, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await host.create(**fields)
    assert fields_of(caught.value) == [field]
    event = await host.create()
    changes = {name: value for name, value in fields.items() if value is not None}
    if changes:
        with pytest.raises(InvalidInput) as caught:
            await host.ask("UpdateEvent", event_id=event.id, **changes)
        assert fields_of(caught.value) == [field]
    assert await host.all_of("ListEvents", 50) == [event]


async def test_pages_go_from_newest_to_oldest(host: EventOwner) -> None:
    created = [(await host.create()).id for _ in range(5)]
    assert [event.id for event in await host.all_of("ListEvents", 2)] == created[::-1]


async def test_events_can_be_filtered_by_status(host: EventOwner) -> None:
    await host.create()
    draft = await host.create(status=EVENT.EVENT_STATUS_DRAFT)
    assert await host.all_of("ListEvents", 50, status=EVENT.EVENT_STATUS_DRAFT) == [draft]


async def test_a_cursor_of_another_organisation_is_rejected(
    host: EventOwner, stranger: EventOwner
) -> None:
    for _ in range(2):
        await host.create()
    cursor = (await host.ask("ListEvents", limit=1)).next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        await stranger.ask("ListEvents", cursor=cursor)


async def test_the_list_has_only_events_that_the_user_may_view(host: EventOwner) -> None:
    shown, _hidden = await host.create(), await host.create()
    colleague = host.colleague()
    user_id = str(colleague.person.user_id)
    await host.ask("SetOrganizer", event_id=shown.id, user_id=user_id, permission=VIEW)
    own = await colleague.create()
    found = await colleague.all_of("ListEvents", 50)
    assert [(e.id, e.permission) for e in found] == [(own.id, OWNER), (shown.id, VIEW)]
    assert len(await host.colleague("owner").all_of("ListEvents", 50)) == 3
    assert not await host.colleague().all_of("ListEvents", 50)


async def test_the_owner_of_an_organisation_has_the_owner_permission_for_every_event(
    host: EventOwner,
) -> None:
    event = await host.create()
    boss = host.colleague("owner")
    assert (await boss.ask("GetEvent", event_id=event.id)).permission == OWNER
    await boss.ask("DeleteEvent", event_id=event.id)


async def test_an_update_of_an_event_changes_only_the_given_fields(host: EventOwner) -> None:
    before = await host.create(location="Studio 4", ends_at=moment(2))
    renamed = await host.ask("UpdateEvent", event_id=before.id, name="Edges", location="")
    assert (renamed.name, renamed.HasField("location")) == ("Edges", False)
    assert (renamed.date, renamed.ends_at) == (before.date, before.ends_at)
    moved = await host.ask(
        "UpdateEvent", event_id=before.id, date=moment(3), ends_at=moment(4), time_zone="utc"
    )
    assert (moved.name, moved.date, moved.ends_at) == ("Edges", moment(3), moment(4))
    assert moved.time_zone == "UTC"
    assert await host.ask("UpdateEvent", event_id=before.id) == moved


@pytest.mark.parametrize("change", [{"date": moment(2)}, {"ends_at": moment(1)}])
async def test_an_event_must_end_after_it_begins(host: EventOwner, change: dict[str, Any]) -> None:
    event = await host.create(date=moment(1), ends_at=moment(2))
    with pytest.raises(InvalidInput) as caught:
        await host.ask("UpdateEvent", event_id=event.id, **change)
    assert fields_of(caught.value) == ["endsAt"]
    assert await host.ask("GetEvent", event_id=event.id) == event


async def test_cancelling_an_event_cancels_its_messages(
    host: EventOwner, database: Database
) -> None:
    event, other = await host.create(), await host.create()
    running = await an_event_message(database, host.person, event.id)
    elsewhere = await an_event_message(database, host.person, other.id)
    cancelled = EVENT.EVENT_STATUS_CANCELLED
    # Messaging doesn't run here, so no response may say that nothing more is sent.
    with pytest.raises(Unavailable):
        await host.ask("UpdateEvent", event_id=event.id, status=cancelled)
    assert (await host.ask("GetEvent", event_id=event.id)).status == cancelled
    assert (await row_of(database, running)).status == "cancelled"
    assert (await row_of(database, elsewhere)).status == "running"


async def test_deleting_an_event_cancels_its_messages(host: EventOwner, database: Database) -> None:
    event = await host.create()
    running = await an_event_message(database, host.person, event.id)
    with pytest.raises(Unavailable):  # messaging doesn't run
        await host.ask("DeleteEvent", event_id=event.id)
    assert (await row_of(database, running)).status == "cancelled"
    assert not await host.all_of("ListEvents", 50)
    for method in ("GetEvent", "UpdateEvent", "DeleteEvent", "ListOrganizers"):
        with pytest.raises(NotFound) as caught:
            await host.ask(method, event_id=event.id)
        assert caught.value.code == "event_not_found"


async def test_the_deletion_of_an_event_is_audited(host: EventOwner, database: Database) -> None:
    event = await host.create()
    await host.ask("DeleteEvent", event_id=event.id)
    [said] = await audit_events(database, event.id)
    assert (said.action, said.entity_type) == ("event_deleted", "event")
    assert said.actor_user_id == str(host.person.user_id)


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [(None, set()), (VIEW, {"GetEvent"}), (CURATE, {"GetEvent", "UpdateEvent"})],
)
async def test_each_permission_for_an_event_allows_only_the_listed_methods(
    host: EventOwner, permission: int | None, allowed: set[str]
) -> None:
    event, colleague = await host.create(), host.colleague()
    user_id = str(colleague.person.user_id)
    if permission is not None:
        await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=permission)
    for method in ("GetEvent", "UpdateEvent", "DeleteEvent"):
        if method in allowed:
            assert (await colleague.ask(method, event_id=event.id)).permission == permission
            continue
        with pytest.raises(Forbidden) as caught:
            await colleague.ask(method, event_id=event.id)
        assert caught.value.code == "event_access_denied"
    assert await host.ask("GetEvent", event_id=event.id) == event


async def test_an_event_of_another_organisation_is_refused(
    host: EventOwner, stranger: EventOwner
) -> None:
    event = await host.create()
    for method in ("GetEvent", "UpdateEvent", "DeleteEvent", "ListOrganizers"):
        with pytest.raises(CrossOrgAccess):
            await stranger.ask(method, event_id=event.id)
    assert await host.ask("GetEvent", event_id=event.id) == event


async def test_an_unknown_id_is_not_found(host: EventOwner) -> None:
    for method in ("GetEvent", "UpdateEvent", "DeleteEvent"):
        with pytest.raises(NotFound):
            await host.ask(method, event_id=str(new_id()))
        with pytest.raises(InvalidInput, match="eventId"):
            await host.ask(method, event_id="nonsense")
