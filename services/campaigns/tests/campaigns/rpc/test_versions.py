"""Versions of campaigns and templates, and fields whose value a null removes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, PreconditionFailed
from servicekit.identity import acting_as
from services.campaigns.tests.builders import a_campaign, a_template, fields_of
from services.campaigns.tests.marketer import DRAFT, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Organisation
from smsblaster.campaigns.v1 import campaigns_pb2, templates_pb2, templates_pb2_grpc


def tomorrow() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    return stamp


async def delete(marketer: Marketer, campaign_id: str, if_version: int) -> None:
    request = campaigns_pb2.DeleteCampaignRequest(id=campaign_id, if_version=if_version)
    await marketer.ask("DeleteCampaign", request)


async def test_a_change_is_refused_if_the_campaign_changed_since_it_was_read(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    renamed = await marketer.update(created.id, name="Other", if_version=created.version)
    assert renamed.version == created.version + 1
    assert (await marketer.update(created.id, name="Other")).version == renamed.version
    for attempt in (
        marketer.update(created.id, message="Hi", if_version=created.version),
        delete(marketer, created.id, created.version),
    ):
        with pytest.raises(PreconditionFailed) as refusal:
            await attempt
        assert refusal.value.facts == {"version": renamed.version, "changedFields": ["name"]}
    kept = await marketer.on("GetCampaign", created.id)
    assert (kept.message, kept.version) == ("Sale today", renamed.version)
    await delete(marketer, created.id, renamed.version)


async def test_scheduling_makes_a_new_version(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    await marketer.update(created.id, schedule_at=tomorrow())
    with pytest.raises(PreconditionFailed) as refusal:
        await marketer.update(created.id, name="Other", if_version=created.version)
    assert refusal.value.facts["changedFields"] == ["scheduleAt", "status"]


async def test_null_removes_the_values_of_a_drafts_fields(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list(), pause_at_failure_rate=0.5, schedule_at=tomorrow()
    )
    assert created.status == SCHEDULED
    with pytest.raises(InvalidInput) as refusal:
        await marketer.update(created.id, message="")
    assert refusal.value.code == "campaign_incomplete"
    assert fields_of(refusal.value) == ["message"]
    cleared = ["scheduleAt", "pauseAtFailureRate"]
    draft = await marketer.update(created.id, message="", cleared=cleared)
    assert (draft.status, list(draft.missing)) == (DRAFT, ["message"])
    assert not draft.HasField("pause_at_failure_rate")
    assert not draft.HasField("schedule_at")


async def test_a_change_is_refused_if_the_template_changed_since_it_was_read(
    marketer: Marketer,
) -> None:
    stub = templates_pb2_grpc.TemplateServiceStub(marketer.service.channel)

    async def ask(method: Any, request: Any) -> Any:
        with acting_as(marketer.person.identity()):
            return await marketer.service.caller().call(method, request)

    new = templates_pb2.CreateTemplateRequest(name="Greeting", content="Hi")
    created = await ask(stub.CreateTemplate, new)
    edit = templates_pb2.UpdateTemplateRequest(
        id=created.id, content="Hello", if_version=created.version
    )
    changed = await ask(stub.UpdateTemplate, edit)
    assert changed.version == created.version + 1
    delete = templates_pb2.DeleteTemplateRequest(id=created.id, if_version=created.version)
    for method, request in ((stub.UpdateTemplate, edit), (stub.DeleteTemplate, delete)):
        with pytest.raises(PreconditionFailed) as refusal:
            await ask(method, request)
        assert refusal.value.facts == {"version": changed.version, "changedFields": ["content"]}


async def _with_a_template(
    database: Database, organisation: Organisation, marketer: Marketer
) -> campaigns_pb2.Campaign:
    template_id = await a_template(database, marketer.person, "Hi")
    return await marketer.create(template_id=str(template_id), list_id=await organisation.a_list())


@pytest.mark.parametrize(("cleared", "part"), [("templateId", "message"), ("listId", "listId")])
async def test_null_removes_the_template_or_the_list_of_a_draft(
    database: Database, organisation: Organisation, marketer: Marketer, cleared: str, part: str
) -> None:
    created = await _with_a_template(database, organisation, marketer)
    changed = await marketer.update(created.id, cleared=[cleared])
    assert list(changed.missing) == [part]
    assert changed.HasField("template_id") == (cleared != "templateId")
    assert changed.HasField("list_id") == (cleared != "listId")


@pytest.mark.parametrize("cleared", ["templateId", "listId"])
async def test_a_scheduled_campaign_keeps_its_template_and_list(
    database: Database, organisation: Organisation, marketer: Marketer, cleared: str
) -> None:
    created = await _with_a_template(database, organisation, marketer)
    scheduled = await marketer.update(created.id, schedule_at=tomorrow())
    with pytest.raises(InvalidInput) as refusal:
        await marketer.update(created.id, cleared=[cleared])
    assert refusal.value.code == "campaign_incomplete"
    assert (await marketer.on("GetCampaign", created.id)).version == scheduled.version


async def test_the_list_of_a_retry_cannot_be_removed(
    database: Database, organisation: Organisation, marketer: Marketer
) -> None:
    original = await a_campaign(database, marketer.person)
    retry = await a_campaign(database, marketer.person, retry_of=original, retry_root=original)
    with pytest.raises(InvalidInput) as refusal:
        await marketer.update(str(retry), cleared=["listId"])
    assert fields_of(refusal.value) == ["listId"]
