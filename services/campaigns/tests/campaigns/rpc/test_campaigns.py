"""Create, list and change campaigns."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.tests.builders import (
    a_template,
    at_rest,
    fields_of,
)
from services.campaigns.tests.marketer import DRAFT, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation
from smsblaster.campaigns.v1 import campaigns_pb2 as pb


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


async def test_a_new_campaign_is_a_draft(organisation: Organisation, marketer: Marketer) -> None:
    list_id = await organisation.a_list()
    created = await marketer.create(name="Spring <b>sale</b>", message="Hi", list_id=list_id)
    assert created == await marketer.on("GetCampaign", created.id)
    assert (created.name, created.message, created.list_id) == ("Spring <b>sale</b>", "Hi", list_id)
    assert (created.status, created.created_by) == (DRAFT, str(organisation.person.user_id))
    given = {field.name for field, _ in created.ListFields()}
    always = {
        "id",
        "name",
        "status",
        "created_by",
        "created_at",
        "updated_at",
        "metrics",
        "version",
    }
    assert given == always | {"message", "list_id", "list_name", "list_size"}


async def test_a_new_campaign_with_a_time_is_scheduled(
    organisation: Organisation, marketer: Marketer
) -> None:
    at = tomorrow()
    created = await marketer.create(list_id=await organisation.a_list(), schedule_at=at)
    assert created.status == SCHEDULED
    assert created.schedule_at.ToDatetime(UTC) == at


async def test_a_campaign_can_use_a_template(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person))
    created = await marketer.create(list_id=await organisation.a_list(), template_id=template_id)
    assert created.template_id == template_id
    assert not created.HasField("message")


async def test_the_message_is_used_instead_of_the_template_if_both_are_given(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    both = {
        "message": "By hand",
        "template_id": str(await a_template(database, organisation.person)),
    }
    created = await marketer.create(list_id=await organisation.a_list(), **both)
    assert (created.message, created.HasField("template_id")) == ("By hand", False)
    changed = await marketer.update(created.id, **both | {"message": "Changed by hand"})
    assert (changed.message, changed.HasField("template_id")) == ("Changed by hand", False)


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"message": "\t"}, ["message"]),
        ({"message": "x" * 1601}, ["message"]),
        ({"message": "{{7*7}}"}, ["message"]),
        ({"message": "{{a.__class__}}"}, ["message"]),
        ({"template_id": "nonsense"}, ["templateId"]),
        ({"list_id": "nonsense"}, ["listId"]),
        ({"schedule_at": datetime.now(UTC) - timedelta(seconds=1)}, ["scheduleAt"]),
        ({"schedule_at": datetime(1, 1, 1, tzinfo=UTC)}, ["scheduleAt"]),
        ({"schedule_at": Timestamp(seconds=2**60)}, ["scheduleAt"]),
        ({"pause_at_failure_rate": 0.0}, ["pauseAtFailureRate"]),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    organisation: Organisation, marketer: Marketer, fields: dict[str, Any], faults: list[str]
) -> None:
    given = {"message": "Hi", "list_id": await organisation.a_list()} | fields
    with pytest.raises(InvalidInput) as caught:
        await marketer.create(**given)
    assert fields_of(caught.value) == faults
    assert not (await marketer.ask("ListCampaigns", pb.ListCampaignsRequest())).items


@pytest.mark.parametrize("source", ["message", "template_id"])
@pytest.mark.parametrize("way", ["strict", "scheduled"])
async def test_placeholders_without_a_contact_field_are_rejected_if_strict_or_scheduled(
    organisation: Organisation, marketer: Marketer, database: Database, source: str, way: str
) -> None:
    text = "Seat {{seat}}"
    template_id = str(await a_template(database, organisation.person, text))
    value = text if source == "message" else template_id
    with pytest.raises(InvalidInput, match="fill the placeholders seat") as caught:
        await marketer.create(
            list_id=await organisation.a_list(),
            **{source: value},
            **({"strict": True} if way == "strict" else {"schedule_at": tomorrow()}),
        )
    assert caught.value.code == "missing_variables"
    assert fields_of(caught.value) == [{"template_id": "templateId"}.get(source, source)]


async def test_a_draft_may_have_placeholders_that_contacts_lack_but_cannot_start(
    organisation: Organisation, marketer: Marketer
) -> None:
    list_id = await organisation.a_list()
    created = await marketer.create(list_id=list_id, message="{{firstName}} {{seat}} {{row}}")
    assert list(created.missing_variables) == ["seat", "row"]
    with pytest.raises(InvalidInput) as caught:
        await marketer.on("SendCampaign", created.id)
    assert caught.value.code == "missing_variables"
    with pytest.raises(InvalidInput, match="fill the placeholders seat, row"):
        await marketer.update(created.id, strict=True)
    assert not (await marketer.update(created.id, message="Hi {{lastName}}")).missing_variables


async def test_missing_placeholders_are_listed_after_a_change_and_a_duplication(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "{{seat}}"))
    for source in ({"message": "{{seat}}"}, {"template_id": template_id}):
        created = await marketer.create(list_id=await organisation.a_list(), **source)
        renamed = await marketer.update(created.id, name="Other")
        copy = await marketer.on("DuplicateCampaign", created.id)
        assert list(renamed.missing_variables) == list(copy.missing_variables) == ["seat"]


async def test_a_draft_without_its_template_can_be_changed_and_duplicated(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    gone = await a_template(database, organisation.person, deleted=True)
    draft = str(await at_rest(database, organisation, template_id=gone))
    assert (await marketer.update(draft, name="Other")).name == "Other"
    assert (await marketer.on("DuplicateCampaign", draft)).template_id == str(gone)


@pytest.mark.parametrize("what", ["list_id", "template_id"])
async def test_the_list_and_the_template_must_belong_to_the_organisation(
    organisation: Organisation,
    marketer: Marketer,
    neighbours: Neighbours,
    database: Database,
    what: str,
) -> None:
    other = Organisation(neighbours)
    theirs = {
        "list_id": await other.a_list(),
        "template_id": str(await a_template(database, other.person)),
    }
    mine = {"list_id": await organisation.a_list()}
    with pytest.raises(CrossOrgAccess):
        await marketer.create(**mine | {what: theirs[what]})
    with pytest.raises(NotFound):
        await marketer.create(**mine | {what: str(new_id())})
    draft = await marketer.create(**mine)
    with pytest.raises(CrossOrgAccess):
        await marketer.update(draft.id, **{what: theirs[what]})
    with pytest.raises(NotFound):
        await marketer.update(draft.id, **{what: str(new_id())})
    assert await marketer.on("GetCampaign", draft.id) == draft
    assert len((await marketer.ask("ListCampaigns", pb.ListCampaignsRequest())).items) == 1


async def test_an_update_of_a_campaign_changes_only_the_given_fields(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    created = await marketer.create(name="First", message="Hi", list_id=await organisation.a_list())
    unchanged = await marketer.update(created.id)
    created.updated_at.CopyFrom(unchanged.updated_at)
    assert unchanged == created
    renamed = await marketer.update(created.id, name="Second")
    assert (renamed.name, renamed.message) == ("Second", "Hi")
    other_list = await organisation.a_list()
    assert (await marketer.update(created.id, list_id=other_list)).list_id == other_list
    assert (await marketer.update(created.id, message="Bye")).message == "Bye"


async def test_setting_the_message_removes_the_template_and_the_other_way_round(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person))
    created = await marketer.create(list_id=await organisation.a_list())
    templated = await marketer.update(created.id, template_id=template_id)
    assert (templated.template_id, templated.HasField("message")) == (template_id, False)
    written = await marketer.update(created.id, message="Hi")
    assert (written.message, written.HasField("template_id")) == ("Hi", False)


async def test_a_schedule_can_be_set_moved_and_removed(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    scheduled = await marketer.update(created.id, schedule_at=tomorrow())
    assert scheduled.status == SCHEDULED
    later = tomorrow() + timedelta(days=1)
    moved = await marketer.update(created.id, schedule_at=later)
    assert (moved.status, moved.schedule_at.ToDatetime(UTC)) == (SCHEDULED, later)
    renamed = await marketer.update(created.id, name="Other")
    assert (renamed.status, renamed.schedule_at) == (SCHEDULED, moved.schedule_at)
    unscheduled = await marketer.update(created.id, unschedule=True)
    assert (unscheduled.status, unscheduled.HasField("schedule_at")) == (DRAFT, False)


def stored(campaign: pb.Campaign) -> pb.Campaign:
    """Return a campaign without the fields that come from other services and may be missing."""
    own = pb.Campaign()
    own.CopyFrom(campaign)
    for field in ("list_name", "list_size", "metrics"):
        own.ClearField(field)
    return own


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"name": " "}, ["name"]),
        ({"message": "{{7*7}}"}, ["message"]),
        ({"message": "{{seat}}", "strict": True}, ["message"]),
        ({"message": "{{seat}}", "schedule_at": tomorrow()}, ["message"]),
        ({"pause_at_failure_rate": 1.5}, ["pauseAtFailureRate"]),
        ({"schedule_at": datetime.now(UTC) - timedelta(days=1)}, ["scheduleAt"]),
        ({"schedule_at": tomorrow(), "unschedule": True}, ["unschedule"]),
    ],
)
async def test_an_invalid_change_of_a_campaign_changes_nothing(
    organisation: Organisation, marketer: Marketer, fields: dict[str, Any], faults: list[str]
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await marketer.update(created.id, **{"name": "Other"} | fields)
    assert fields_of(caught.value) == faults
    assert stored(await marketer.on("GetCampaign", created.id)) == stored(created)
