"""The owner of an event decides who may view or curate it."""

import asyncio

import pytest
from sqlalchemy import insert

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.events.storage.tables import event_organizers
from services.campaigns.tests.builders import audit_events, fields_of
from services.campaigns.tests.event_owner import CURATE, OWNER, VIEW, EventOwner
from tests.fixtures.running import Person, Running

MOST = 100


@pytest.fixture
def host(alone: Running) -> EventOwner:
    return EventOwner(alone, Person(roles=frozenset({"member"})))


async def organizers(host: EventOwner, event_id: str) -> list[tuple[str, int]]:
    found = await host.ask("ListOrganizers", event_id=event_id)
    assert all(item.added_at.seconds for item in found.items)
    return [(item.user_id, item.permission) for item in found.items]


async def test_the_owner_is_listed_first_then_the_oldest_co_organizers(host: EventOwner) -> None:
    event = await host.create()
    first, second = str(new_id()), str(new_id())
    for user_id, permission in ((second, VIEW), (first, CURATE)):
        answer = await host.ask(
            "SetOrganizer", event_id=event.id, user_id=user_id, permission=permission
        )
        assert (answer.user_id, answer.permission) == (user_id, permission)
    owner = str(host.person.user_id)
    assert await organizers(host, event.id) == [
        (owner, OWNER),
        (second, VIEW),
        (first, CURATE),
    ]


async def test_the_permission_of_an_organizer_can_be_changed_and_removed(host: EventOwner) -> None:
    event, colleague = await host.create(), host.colleague()
    user_id = str(colleague.person.user_id)
    for permission in (VIEW, CURATE):
        await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=permission)
        assert (await colleague.ask("GetEvent", event_id=event.id)).permission == permission
    await host.ask("RemoveOrganizer", event_id=event.id, user_id=user_id)
    assert len(await organizers(host, event.id)) == 1
    with pytest.raises(Forbidden):
        await colleague.ask("GetEvent", event_id=event.id)
    with pytest.raises(NotFound) as caught:
        await host.ask("RemoveOrganizer", event_id=event.id, user_id=user_id)
    assert caught.value.code == "organizer_not_found"


async def test_changes_of_the_access_to_an_event_are_audited(
    host: EventOwner, database: Database
) -> None:
    event, user_id = await host.create(), str(new_id())
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=CURATE)
    await host.ask("RemoveOrganizer", event_id=event.id, user_id=user_id)
    with pytest.raises(NotFound):
        await host.ask("RemoveOrganizer", event_id=event.id, user_id=user_id)
    said = await audit_events(database, event.id)
    assert [(each.action, dict(each.meta)) for each in said] == [
        ("event_organizer_set", {"userId": user_id, "permission": "curate"}),
        ("event_organizer_removed", {"userId": user_id}),
    ]
    assert {each.actor_user_id for each in said} == {str(host.person.user_id)}


async def test_the_owner_of_an_event_cannot_be_its_co_organizer(host: EventOwner) -> None:
    event = await host.create()
    with pytest.raises(Conflict) as caught:
        await host.ask(
            "SetOrganizer",
            event_id=event.id,
            user_id=str(host.person.user_id),
            permission=VIEW,
        )
    assert caught.value.code == "owner_cannot_be_co_organizer"
    assert len(await organizers(host, event.id)) == 1


async def test_concurrent_calls_add_at_most_a_hundred_organizers(
    host: EventOwner, database: Database
) -> None:
    event = await host.create()
    owned = {"org_id": host.person.org_id, "event_id": event.id, "permission": "view"}
    async with database.org(host.person.org_id) as connection:
        rows = [owned | {"user_id": new_id()} for _ in range(MOST - 1)]
        await connection.execute(insert(event_organizers), rows)
    attempts = [
        host.ask("SetOrganizer", event_id=event.id, user_id=str(new_id()), permission=VIEW)
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert [refusal.code for refusal in refused] == ["too_many_organizers"] * 3
    found = await organizers(host, event.id)
    assert len(found) == 1 + MOST
    await host.ask("SetOrganizer", event_id=event.id, user_id=found[-1][0], permission=CURATE)


async def test_only_the_permissions_view_and_curate_can_be_given(host: EventOwner) -> None:
    event = await host.create()
    for permission in (0, OWNER):
        with pytest.raises(InvalidInput) as caught:
            await host.ask(
                "SetOrganizer", event_id=event.id, user_id=str(new_id()), permission=permission
            )
        assert fields_of(caught.value) == ["permission"]


async def test_only_the_owner_can_choose_organizers(host: EventOwner, alone: Running) -> None:
    event, curator = await host.create(), host.colleague()
    user_id = str(curator.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=CURATE)
    for other, error in ((curator, Forbidden), (EventOwner(alone, Person()), CrossOrgAccess)):
        with pytest.raises(error):
            await other.ask(
                "SetOrganizer", event_id=event.id, user_id=str(new_id()), permission=VIEW
            )
        with pytest.raises(error):
            await other.ask("RemoveOrganizer", event_id=event.id, user_id=user_id)
    assert len(await organizers(curator, event.id)) == 2
