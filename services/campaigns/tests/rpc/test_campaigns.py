"""Campaigns: written, scheduled, started, paused and deleted by their own organisation alone."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import func, select

from servicekit.bus.outbox import outbox
from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, DomainError, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns.domain.states import Status
from services.campaigns.events.audit import SUBJECT
from services.campaigns.tests.builders import a_campaign, a_template, row_of
from services.campaigns.tests.marketer import DRAFT, PAUSED, RUNNING, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation
from smsblaster.audit.v1 import events_pb2
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

# With an id and nothing else.
METHODS = (
    "GetCampaign",
    "UpdateCampaign",
    "DeleteCampaign",
    "DuplicateCampaign",
    "SendCampaign",
    "PauseCampaign",
    "ResumeCampaign",
    "GetCampaignMetrics",
)
# Method -> the states in which it works, and the code where it does not.
GUARDS = {
    "UpdateCampaign": ({"draft", "scheduled"}, "campaign_not_editable"),
    "SendCampaign": ({"draft", "scheduled"}, "campaign_not_startable"),
    "PauseCampaign": ({"running"}, "campaign_not_running"),
    "ResumeCampaign": ({"paused"}, "campaign_not_paused"),
    "DeleteCampaign": (set(get_args(Status)) - {"running"}, "campaign_running"),
    "DuplicateCampaign": (set(get_args(Status)), ""),
}


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def fields_of(error: DomainError) -> list[str]:
    return [fault.field for fault in error.fields]


async def at_rest(
    database: Database, organisation: Organisation, status: Status = "draft", **columns: Any
) -> UUID:
    """A campaign in ``status`` that no planner works on."""
    if status in ("running", "paused", "done"):
        columns["next_plan_at"] = func.now() + timedelta(hours=1)
    list_id = UUID(await organisation.a_list())
    return await a_campaign(database, organisation.person, status, list_id=list_id, **columns)


async def audited(database: Database, campaign_id: object) -> list[events_pb2.AuditRecorded]:
    async with database.system() as connection:
        rows = await connection.execute(
            select(outbox.c.payload).where(outbox.c.subject == SUBJECT).order_by(outbox.c.id)
        )
        found = [events_pb2.AuditRecorded.FromString(payload) for payload in rows.scalars()]
    return [event for event in found if event.entity_id == str(campaign_id)]


# Create


async def test_a_new_campaign_is_a_draft(organisation: Organisation, marketer: Marketer) -> None:
    list_id = await organisation.a_list()
    created = await marketer.create(name="Spring <b>sale</b>", message="Hi", list_id=list_id)
    assert created == await marketer.on("GetCampaign", created.id)
    assert (created.name, created.message, created.list_id) == ("Spring <b>sale</b>", "Hi", list_id)
    assert (created.status, created.created_by) == (DRAFT, str(organisation.person.user_id))
    given = {field.name for field, _ in created.ListFields()}
    assert given == {"id", "name", "message", "list_id", "status", "created_by", "created_at"}


async def test_with_a_time_it_is_scheduled(organisation: Organisation, marketer: Marketer) -> None:
    at = tomorrow()
    created = await marketer.create(list_id=await organisation.a_list(), schedule_at=at)
    assert created.status == SCHEDULED
    assert created.schedule_at.ToDatetime(UTC) == at


async def test_its_text_can_come_from_a_template(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person))
    created = await marketer.create(list_id=await organisation.a_list(), template_id=template_id)
    assert created.template_id == template_id
    assert not created.HasField("message")


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"message": "\t"}, ["message"]),
        ({"message": "x" * 1601}, ["message"]),
        ({"message": "{{7*7}}"}, ["message"]),
        ({"message": "{{a.__class__}}"}, ["message"]),
        ({"message": None}, ["message", "templateId"]),
        ({"template_id": str(new_id())}, ["message", "templateId"]),
        ({"template_id": "nonsense"}, ["templateId"]),
        ({"list_id": "nonsense"}, ["listId"]),
        ({"schedule_at": datetime.now(UTC) - timedelta(seconds=1)}, ["scheduleAt"]),
        ({"schedule_at": datetime(1, 1, 1, tzinfo=UTC)}, ["scheduleAt"]),
        ({"schedule_at": Timestamp(seconds=2**60)}, ["scheduleAt"]),
    ],
)
async def test_bad_input_is_refused_and_named(
    organisation: Organisation, marketer: Marketer, fields: dict[str, Any], faults: list[str]
) -> None:
    given = {"message": "Hi", "list_id": await organisation.a_list()} | fields
    with pytest.raises(InvalidInput) as caught:
        await marketer.create(**given)
    assert fields_of(caught.value) == faults
    assert not (await marketer.ask("ListCampaigns", pb.ListCampaignsRequest())).items


@pytest.mark.parametrize("source", ["message", "template_id"])
async def test_a_text_that_contacts_can_not_fill_is_refused_before_anything_is_sent(
    organisation: Organisation, marketer: Marketer, database: Database, source: str
) -> None:
    text = "Seat {{seat}}"
    template_id = str(await a_template(database, organisation.person, text))
    value = text if source == "message" else template_id
    with pytest.raises(InvalidInput, match="contacts have no seat") as caught:
        await marketer.create(list_id=await organisation.a_list(), **{source: value})
    assert caught.value.code == "missing_variables"
    assert fields_of(caught.value) == [{"template_id": "templateId"}.get(source, source)]


@pytest.mark.parametrize("what", ["list_id", "template_id"])
async def test_a_campaign_takes_only_the_organisations_own_list_and_template(
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


# List


async def test_pages_go_from_the_newest_to_the_oldest(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    ids = [str(await at_rest(database, organisation)) for _ in range(5)]
    seen: list[str] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        request = pb.ListCampaignsRequest(limit=2, cursor=cursor or None)
        answer = await marketer.ask("ListCampaigns", request)
        seen += [item.id for item in answer.items]
        cursor, pages = answer.next_cursor, pages + 1
    assert seen == ids[::-1]
    assert pages == 3


async def test_the_list_can_be_narrowed_to_a_state(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    by_status = {s: str(await at_rest(database, organisation, s)) for s in get_args(Status)}
    for status, campaign_id in by_status.items():
        value = pb.CampaignStatus.Value(f"CAMPAIGN_STATUS_{status.upper()}")
        answer = await marketer.ask("ListCampaigns", pb.ListCampaignsRequest(status=value))
        assert [item.id for item in answer.items] == [campaign_id]


async def test_the_list_has_nothing_of_others_and_nothing_deleted(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    await a_campaign(database, Person())
    gone = await at_rest(database, organisation)
    await marketer.on("DeleteCampaign", gone)
    assert not (await marketer.ask("ListCampaigns", pb.ListCampaignsRequest())).items


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"status": 0}, "status"),
        ({"status": 99}, "status"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
async def test_a_bad_question_is_refused_and_named(
    marketer: Marketer, fields: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await marketer.ask("ListCampaigns", pb.ListCampaignsRequest(**fields))
    assert fields_of(caught.value) == [fault]


# Every method, every state, every organisation


@pytest.mark.parametrize("method", GUARDS)
@pytest.mark.parametrize("status", get_args(Status))
async def test_each_state_allows_what_it_should_and_refuses_the_rest(
    organisation: Organisation, marketer: Marketer, database: Database, status: Status, method: str
) -> None:
    campaign_id = await at_rest(database, organisation, status)
    before = await row_of(database, campaign_id)
    states, code = GUARDS[method]
    if status in states:
        await marketer.on(method, campaign_id)
        return
    with pytest.raises(Conflict) as caught:
        await marketer.on(method, campaign_id)
    assert caught.value.code == code
    assert await row_of(database, campaign_id) == before
    assert not await audited(database, campaign_id)


@pytest.mark.parametrize("method", METHODS)
async def test_another_organisations_campaign_can_not_be_reached(
    organisation: Organisation, campaigns: Running, database: Database, method: str
) -> None:
    campaign_id = await at_rest(database, organisation)
    before = await row_of(database, campaign_id)
    with pytest.raises(CrossOrgAccess):
        await Marketer(campaigns, Person()).on(method, campaign_id)
    assert await row_of(database, campaign_id) == before


@pytest.mark.parametrize("method", METHODS)
async def test_what_is_deleted_or_was_never_there_is_not_found(
    organisation: Organisation, marketer: Marketer, database: Database, method: str
) -> None:
    deleted = await at_rest(database, organisation, deleted_at=func.now())
    for absent in (deleted, new_id()):
        with pytest.raises(NotFound) as caught:
            await marketer.on(method, absent)
        assert caught.value.code == "campaign_not_found"


@pytest.mark.parametrize("method", METHODS)
async def test_an_id_must_be_one(marketer: Marketer, method: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await marketer.on(method, "nonsense")
    assert fields_of(caught.value) == ["id"]


@pytest.mark.parametrize(
    ("method", "status", "action"),
    [
        ("SendCampaign", "draft", "campaign_started"),
        ("PauseCampaign", "running", "campaign_paused"),
        ("ResumeCampaign", "paused", "campaign_resumed"),
        ("DeleteCampaign", "done", "campaign_deleted"),
    ],
)
async def test_what_moves_money_is_audited(
    organisation: Organisation,
    marketer: Marketer,
    database: Database,
    method: str,
    status: Status,
    action: str,
) -> None:
    campaign_id = await at_rest(database, organisation, status)
    await marketer.on(method, campaign_id)
    (event,) = await audited(database, campaign_id)
    assert (event.action, event.entity_type) == (action, "campaign")
    assert event.org_id == str(organisation.person.org_id)
    assert event.actor_user_id == str(organisation.person.user_id)


# Update


async def test_only_what_is_given_changes(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    created = await marketer.create(name="First", message="Hi", list_id=await organisation.a_list())
    assert await marketer.update(created.id) == created
    renamed = await marketer.update(created.id, name="Second")
    assert (renamed.name, renamed.message) == ("Second", "Hi")
    other_list = await organisation.a_list()
    assert (await marketer.update(created.id, list_id=other_list)).list_id == other_list
    assert (await marketer.update(created.id, message="Bye")).message == "Bye"


async def test_a_text_and_a_template_take_each_others_place(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person))
    created = await marketer.create(list_id=await organisation.a_list())
    templated = await marketer.update(created.id, template_id=template_id)
    assert (templated.template_id, templated.HasField("message")) == (template_id, False)
    written = await marketer.update(created.id, message="Hi")
    assert (written.message, written.HasField("template_id")) == ("Hi", False)


async def test_a_time_schedules_a_draft_and_can_be_moved_and_taken_away(
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


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"name": " "}, ["name"]),
        ({"message": "{{7*7}}"}, ["message"]),
        ({"message": "{{seat}}"}, ["message"]),
        ({"message": "Hi", "template_id": str(new_id())}, ["message", "templateId"]),
        ({"schedule_at": datetime.now(UTC) - timedelta(days=1)}, ["scheduleAt"]),
        ({"schedule_at": tomorrow(), "unschedule": True}, ["unschedule"]),
    ],
)
async def test_a_bad_change_changes_nothing(
    organisation: Organisation, marketer: Marketer, fields: dict[str, Any], faults: list[str]
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await marketer.update(created.id, **{"name": "Other"} | fields)
    assert fields_of(caught.value) == faults
    assert await marketer.on("GetCampaign", created.id) == created


# Send, delete, duplicate, metrics


async def test_a_started_campaign_keeps_its_text_and_loses_its_schedule(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person, "Hi {{firstName}}")
    created = await marketer.create(
        list_id=await organisation.a_list(), template_id=str(template_id), schedule_at=tomorrow()
    )
    started = await marketer.on("SendCampaign", created.id)
    assert started.status == RUNNING
    assert started.HasField("started_at")
    assert not started.HasField("schedule_at")
    assert (await row_of(database, UUID(created.id))).body == "Hi {{firstName}}"


async def test_without_a_number_to_send_from_nothing_starts(
    neighbours: Neighbours, campaigns: Running
) -> None:
    organisation = Organisation(neighbours)
    marketer = Marketer(campaigns, organisation.person)
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await marketer.on("SendCampaign", created.id)
    assert caught.value.code == "no_sender"
    assert await marketer.on("GetCampaign", created.id) == created


async def test_a_template_that_contacts_can_not_fill_any_more_does_not_start(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person, "Seat {{seat}}")
    campaign_id = await at_rest(database, organisation, template_id=template_id)
    with pytest.raises(InvalidInput) as caught:
        await marketer.on("SendCampaign", campaign_id)
    assert (caught.value.code, fields_of(caught.value)) == ("missing_variables", ["templateId"])
    assert (await row_of(database, campaign_id)).status == "draft"


@pytest.mark.parametrize("gone", ["list", "template"])
async def test_a_campaign_whose_list_or_template_is_gone_does_not_start(
    organisation: Organisation, marketer: Marketer, database: Database, gone: str
) -> None:
    if gone == "list":
        campaign_id = await a_campaign(database, organisation.person)
    else:
        template_id = await a_template(database, organisation.person, deleted=True)
        campaign_id = await at_rest(database, organisation, template_id=template_id)
    with pytest.raises(Conflict, match=gone) as caught:
        await marketer.on("SendCampaign", campaign_id)
    assert caught.value.code == "campaign_not_startable"
    assert (await row_of(database, campaign_id)).status == "draft"


async def test_a_paused_campaign_with_paid_texts_that_wait_is_not_deleted(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(3))

    async def planned() -> bool:
        return (await marketer.metrics(campaign_id)).pending == 3

    await wait_until(planned)
    await marketer.on("PauseCampaign", campaign_id)
    with pytest.raises(Conflict, match="3 of its texts are paid and not sent") as caught:
        await marketer.on("DeleteCampaign", campaign_id)
    assert caught.value.code == "campaign_running"
    assert (await marketer.on("GetCampaign", campaign_id)).status == PAUSED


async def test_a_campaign_that_a_planner_still_works_on_is_not_deleted(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    lease = {"lease_token": new_id(), "lease_until": func.now() + timedelta(minutes=1)}
    campaign_id = await at_rest(database, organisation, "paused", **lease)
    with pytest.raises(Conflict):
        await marketer.on("DeleteCampaign", campaign_id)
    assert (await row_of(database, campaign_id)).deleted_at is None


async def test_a_duplicate_is_a_new_draft_of_whoever_made_it(
    organisation: Organisation, marketer: Marketer, campaigns: Running, database: Database
) -> None:
    template_id = await a_template(database, organisation.person)
    progress = {"opted_out_count": 5, "invalid_count": 6, "planned_at": func.now()}
    original = await at_rest(
        database, organisation, "done", name="x" * 100, template_id=template_id, **progress
    )
    colleague = Person(org_id=organisation.person.org_id)
    copy = await Marketer(campaigns, colleague).on("DuplicateCampaign", original)
    assert copy.name == "Copy of " + "x" * 92
    assert (copy.status, copy.created_by) == (DRAFT, str(colleague.user_id))
    before, after = await row_of(database, original), await row_of(database, UUID(copy.id))
    assert (after.list_id, after.template_id) == (before.list_id, before.template_id)
    fresh = (after.opted_out_count, after.invalid_count, after.planned_at, after.started_at)
    assert fresh == (0, 0, None, None)


async def test_the_metrics_of_a_draft_are_all_0(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    campaign_id = str(await at_rest(database, organisation))
    assert await marketer.metrics(campaign_id) == pb.CampaignMetrics(campaign_id=campaign_id)
