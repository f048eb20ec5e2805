"""Create, read, change and delete question sets, by permission."""

from typing import Any

import pytest

from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.event_owner import VIEW, EventOwner
from smsblaster.events.v1 import question_sets_pb2
from tests.fixtures.running import Person, Running

BY_ID = ("GetQuestionSet", "UpdateQuestionSet", "DeleteQuestionSet")


@pytest.fixture
def host(alone: Running) -> EventOwner:
    return EventOwner(alone, Person(roles=frozenset({"member"})))


async def a_set(host: EventOwner, event_id: str, **fields: Any) -> question_sets_pb2.QuestionSet:
    given: dict[str, Any] = {"title": "Tastes", "questions": ["Tea?", "Cake?"]} | fields
    created: question_sets_pb2.QuestionSet = await host.ask(
        "CreateQuestionSet", event_id=event_id, **given
    )
    return created


async def test_a_new_question_set_is_a_draft(host: EventOwner) -> None:
    event = await host.create()
    created = await a_set(host, event.id, title=" Tastes ", questions=["Tea? ", "Cake?"])
    assert (created.title, list(created.questions)) == ("Tastes", ["Tea?", "Cake?"])
    assert not created.HasField("published_at")
    assert await host.ask("GetQuestionSet", event_id=event.id, set_id=created.id) == created


async def test_pages_go_from_newest_to_oldest(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    created = [await a_set(host, event.id) for _ in range(3)]
    await a_set(host, other.id)
    assert await host.all_of("ListQuestionSets", 2, event_id=event.id) == created[::-1]


async def test_an_update_of_a_question_set_changes_only_the_given_fields(host: EventOwner) -> None:
    event = await host.create()
    created = await a_set(host, event.id)
    of_it = {"event_id": event.id, "set_id": created.id}
    renamed = await host.ask("UpdateQuestionSet", **of_it, title="Likes")
    assert (renamed.title, list(renamed.questions)) == ("Likes", ["Tea?", "Cake?"])
    rewritten = await host.ask("UpdateQuestionSet", **of_it, questions=["Pie?"])
    assert (rewritten.title, list(rewritten.questions)) == ("Likes", ["Pie?"])
    assert await host.ask("UpdateQuestionSet", **of_it) == rewritten


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"questions": ["Tea?", " "]}, "questions[1]"),
        ({"questions": ["x" * 501]}, "questions[0]"),
        ({"questions": ["Tea?"] * 51}, "questions"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    host: EventOwner, fields: dict[str, Any], field: str
) -> None:
    event = await host.create()
    with pytest.raises(InvalidInput) as caught:
        await a_set(host, event.id, **fields)
    assert fields_of(caught.value) == [field]
    created = await a_set(host, event.id)
    with pytest.raises(InvalidInput) as caught:
        await host.ask("UpdateQuestionSet", event_id=event.id, set_id=created.id, **fields)
    assert fields_of(caught.value) == [field]
    assert await host.all_of("ListQuestionSets", 50, event_id=event.id) == [created]


async def test_a_deleted_question_set_is_not_found(host: EventOwner) -> None:
    event = await host.create()
    created = await a_set(host, event.id)
    await host.ask("DeleteQuestionSet", event_id=event.id, set_id=created.id)
    assert not await host.all_of("ListQuestionSets", 50, event_id=event.id)
    for method in BY_ID:
        with pytest.raises(NotFound) as caught:
            await host.ask(method, event_id=event.id, set_id=created.id)
        assert caught.value.code == "question_set_not_found"


async def test_a_question_set_of_another_event_is_not_found(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    created = await a_set(host, other.id)
    for method in BY_ID:
        for set_id in (created.id, str(new_id())):
            with pytest.raises(NotFound) as caught:
                await host.ask(method, event_id=event.id, set_id=set_id, **_some(method))
            assert caught.value.code == "question_set_not_found"
    assert await host.ask("GetQuestionSet", event_id=other.id, set_id=created.id) == created


async def test_a_question_set_of_another_organisation_is_refused(
    host: EventOwner, alone: Running
) -> None:
    event = await host.create()
    created = await a_set(host, event.id)
    stranger = EventOwner(alone, Person())
    own = await stranger.create()
    for event_id in (event.id, own.id):
        for method in BY_ID:
            with pytest.raises(CrossOrgAccess):
                await stranger.ask(method, event_id=event_id, set_id=created.id, **_some(method))
    with pytest.raises(CrossOrgAccess):
        await stranger.ask("ListQuestionSets", event_id=event.id)
    with pytest.raises(CrossOrgAccess):
        await a_set(stranger, event.id)
    assert await host.all_of("ListQuestionSets", 50, event_id=event.id) == [created]


async def test_a_user_with_the_view_permission_can_read_but_not_write(host: EventOwner) -> None:
    event, viewer = await host.create(), host.colleague()
    user_id = str(viewer.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=VIEW)
    created = await a_set(host, event.id)
    of_it = {"event_id": event.id, "set_id": created.id}
    assert await viewer.ask("GetQuestionSet", **of_it) == created
    assert await viewer.all_of("ListQuestionSets", 50, event_id=event.id) == [created]
    for method in ("UpdateQuestionSet", "DeleteQuestionSet"):
        with pytest.raises(Forbidden):
            await viewer.ask(method, **of_it)
    with pytest.raises(Forbidden):
        await a_set(viewer, event.id)
    for method in BY_ID:
        with pytest.raises(Forbidden):
            await host.colleague().ask(method, **of_it)


def _some(method: str) -> dict[str, Any]:
    """Return valid fields for a call of `method`."""
    return {"title": "Mine"} if method == "UpdateQuestionSet" else {}
