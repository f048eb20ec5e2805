"""A change of an event, attendee or question set is refused if somebody changed it meanwhile."""

from typing import Any

import pytest

from servicekit.errors import PreconditionFailed
from services.campaigns.tests.event_owner import EventOwner
from services.campaigns.tests.organisation import Organisation
from tests.fixtures.running import Running


@pytest.fixture
def host(campaigns: Running, organisation: Organisation) -> EventOwner:
    return EventOwner(campaigns, organisation.person)


async def made(host: EventOwner, method: str) -> tuple[Any, dict[str, str]]:
    """Create an object of the kind that `method` updates: event, attendee or question set.

    Return the object, and the id fields of a request to that method.
    """
    event = await host.create()
    of_event = {"event_id": event.id}
    if method == "UpdateAttendee":
        attendee = await host.ask("CreateAttendee", **of_event, first_name="Ann")
        return attendee, {**of_event, "attendee_id": attendee.id}
    if method == "UpdateQuestionSet":
        created = await host.ask("CreateQuestionSet", **of_event, title="Tastes")
        return created, {**of_event, "set_id": created.id}
    return event, of_event


@pytest.mark.parametrize(
    ("method", "change", "field", "other"),
    [
        ("UpdateEvent", {"location": "Park"}, "location", {"name": "Other"}),
        ("UpdateAttendee", {"last_name": "Lee"}, "lastName", {"first_name": "Bea"}),
        ("UpdateQuestionSet", {"title": "Likes"}, "title", {"questions": ["Tea?"]}),
    ],
)
async def test_a_change_is_refused_if_somebody_changed_a_field_meanwhile_and_the_field_is_named(
    host: EventOwner, method: str, change: dict[str, Any], field: str, other: dict[str, Any]
) -> None:
    first, ids = await made(host, method)
    changed = await host.ask(method, **ids, **change, if_version=first.version)
    assert changed.version == first.version + 1
    assert (await host.ask(method, **ids, **change)).version == changed.version
    with pytest.raises(PreconditionFailed) as refusal:
        await host.ask(method, **ids, **other, if_version=first.version)
    assert refusal.value.facts == {"version": changed.version, "changedFields": [field]}
    kept = await host.ask(method.replace("Update", "Get"), **ids)
    assert kept == changed
