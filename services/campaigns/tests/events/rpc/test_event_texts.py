"""The texts of event messages: the platform's, or the event's own."""

from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import (
    CrossOrgAccess,
    Forbidden,
    InvalidInput,
    NotFound,
    PreconditionFailed,
)
from servicekit.ids import new_id
from services.campaigns.events.domain.event_texts import DEFAULTS
from services.campaigns.tests.builders import a_template, fields_of
from services.campaigns.tests.event_owner import VIEW, EventOwner
from smsblaster.events.v1 import notifications_pb2
from tests.fixtures.running import Person, Running

INVITATION = notifications_pb2.EVENT_NOTIFICATION_TYPE_INVITATION
MATCH_REVEAL = notifications_pb2.EVENT_NOTIFICATION_TYPE_MATCH_REVEAL


@pytest.fixture
def host(alone: Running) -> EventOwner:
    return EventOwner(alone, Person(roles=frozenset({"member"})))


async def texts(host: EventOwner, event_id: str) -> list[notifications_pb2.NotificationText]:
    return list((await host.ask("ListTexts", event_id=event_id)).items)


async def put(
    host: EventOwner, event_id: str, kind: int = INVITATION, **fields: Any
) -> notifications_pb2.NotificationText:
    found: notifications_pb2.NotificationText = await host.ask(
        "SetText", event_id=event_id, notification_type=kind, **fields
    )
    return found


async def test_a_new_event_has_the_platforms_texts(host: EventOwner) -> None:
    event = await host.create()
    found = await texts(host, event.id)
    assert [text.message for text in found] == list(DEFAULTS.values())
    assert [text.notification_type for text in found] == [1, 2, 3, 4, 5, 6]
    assert all(text.is_default for text in found)


async def test_an_event_can_have_its_own_text(host: EventOwner) -> None:
    event, other = await host.create(), await host.create()
    before = await texts(host, event.id)
    for message in ("Come, {{firstName}}!", "Do come to {{place}}"):
        answer = await put(host, event.id, MATCH_REVEAL, message=message)
        assert (answer.message, answer.is_default) == (message, False)
        assert await texts(host, event.id) == [*before[:2], answer, *before[3:]]
    assert await texts(host, other.id) == before
    assert await put(host, event.id, MATCH_REVEAL) == before[2]
    assert await put(host, event.id, MATCH_REVEAL) == before[2]
    assert await texts(host, event.id) == before


async def test_a_template_can_provide_the_text(host: EventOwner, database: Database) -> None:
    event = await host.create()
    await put(host, event.id, message="Come!")
    template_id = str(await a_template(database, host.person))
    answer = await put(host, event.id, template_id=template_id)
    assert (answer.template_id, answer.HasField("message")) == (template_id, False)
    assert not answer.is_default
    assert (await texts(host, event.id))[0] == answer
    assert (await put(host, event.id, message="Come!")).message == "Come!"
    assert not (await texts(host, event.id))[0].HasField("template_id")


async def test_the_message_is_used_instead_of_the_template_if_both_are_given(
    host: EventOwner, database: Database
) -> None:
    event = await host.create()
    template_id = str(await a_template(database, host.person))
    answer = await put(host, event.id, message="Come!", template_id=template_id)
    assert (answer.message, answer.HasField("template_id")) == ("Come!", False)


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"message": "{{7*7}}"}, ["message"]),
        ({"message": " "}, ["message"]),
        ({"message": "x" * 1601}, ["message"]),
        ({"template_id": "nonsense"}, ["templateId"]),
        ({"kind": 0}, ["notificationType"]),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    host: EventOwner, fields: dict[str, Any], faulty: list[str]
) -> None:
    event = await host.create()
    with pytest.raises(InvalidInput) as caught:
        await put(host, event.id, **fields)
    assert fields_of(caught.value) == faulty
    assert all(text.is_default for text in await texts(host, event.id))


async def test_a_template_that_is_unknown_or_of_another_organisation_is_rejected(
    host: EventOwner, database: Database
) -> None:
    event = await host.create()
    foreign = str(await a_template(database, Person()))
    with pytest.raises(CrossOrgAccess):
        await put(host, event.id, template_id=foreign)
    for absent in (await a_template(database, host.person, deleted=True), new_id()):
        with pytest.raises(NotFound) as caught:
            await put(host, event.id, template_id=str(absent))
        assert caught.value.code == "template_not_found"
    assert all(text.is_default for text in await texts(host, event.id))


async def test_a_user_with_the_view_permission_can_read_but_not_write(
    host: EventOwner, alone: Running
) -> None:
    event, viewer = await host.create(), host.colleague()
    user_id = str(viewer.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=VIEW)
    assert len(await texts(viewer, event.id)) == len(DEFAULTS)
    for other, error in (
        (viewer, Forbidden),
        (host.colleague(), Forbidden),
        (EventOwner(alone, Person()), CrossOrgAccess),
    ):
        with pytest.raises(error):
            await put(other, event.id, message="Mine")
    with pytest.raises(Forbidden):
        await texts(host.colleague(), event.id)
    assert all(text.is_default for text in await texts(host, event.id))


async def test_a_change_of_a_text_is_refused_if_somebody_changed_it_meanwhile(
    host: EventOwner,
) -> None:
    event = await host.create()
    first = await put(host, event.id, message="Come!", if_version=0)
    second = await put(host, event.id, message="Do come!", if_version=first.version)
    assert second.version == first.version + 1
    for outdated in (0, first.version):
        with pytest.raises(PreconditionFailed) as refusal:
            await put(host, event.id, message="Late", if_version=outdated)
    assert refusal.value.facts == {"version": second.version, "changedFields": ["message"]}
    assert (await texts(host, event.id))[0] == second


async def test_a_text_that_was_removed_and_set_again_has_a_new_version(host: EventOwner) -> None:
    event = await host.create()
    first = await put(host, event.id, message="Come!")
    assert (await put(host, event.id, if_version=first.version)).version == 0
    again = await put(host, event.id, message="Come again!", if_version=0)
    assert again.version != first.version
