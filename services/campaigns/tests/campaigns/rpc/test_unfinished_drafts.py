"""Drafts without a text or a list can be stored, and can't be sent until they are complete."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy.exc import IntegrityError

from servicekit.db.database import Database, violated
from servicekit.errors import InvalidInput
from services.campaigns.tests.builders import a_campaign, fields_of
from services.campaigns.tests.marketer import DRAFT, RUNNING, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Organisation
from smsblaster.campaigns.v1 import campaigns_pb2 as pb

NOTHING: dict[str, Any] = {"message": None}


def tomorrow() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    return stamp


async def test_a_draft_can_be_stored_without_a_text_and_a_list(marketer: Marketer) -> None:
    created = await marketer.create(name="Idea", **NOTHING)
    assert (created.status, list(created.missing)) == (DRAFT, ["message", "listId"])
    assert not created.HasField("message")
    assert not created.HasField("list_id")
    kept = await marketer.on("GetCampaign", created.id)
    assert kept == created
    renamed = await marketer.update(created.id, name="Plan")
    assert (renamed.name, list(renamed.missing)) == ("Plan", ["message", "listId"])
    copy = await marketer.on("DuplicateCampaign", created.id)
    assert list(copy.missing) == ["message", "listId"]


async def test_starting_or_scheduling_a_draft_names_each_missing_part(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(**NOTHING)
    attempts: list[tuple[str, Any]] = [
        ("SendCampaign", pb.SendCampaignRequest(id=created.id)),
        ("UpdateCampaign", pb.UpdateCampaignRequest(id=created.id, schedule_at=tomorrow())),
        ("CreateCampaign", pb.CreateCampaignRequest(name="Sale", schedule_at=tomorrow())),
    ]
    for method, request in attempts:
        with pytest.raises(InvalidInput) as refusal:
            await marketer.ask(method, request)
        assert refusal.value.code == "campaign_incomplete"
        assert fields_of(refusal.value) == ["message", "listId"]
    await marketer.update(created.id, message="Hi")
    with pytest.raises(InvalidInput) as refusal:
        await marketer.on("SendCampaign", created.id)
    assert fields_of(refusal.value) == ["listId"]
    assert (await marketer.on("GetCampaign", created.id)).status == DRAFT


async def test_a_completed_draft_can_be_scheduled_and_sent(
    organisation: Organisation, marketer: Marketer
) -> None:
    list_id = await organisation.a_list()
    created = await marketer.create(**NOTHING)
    await marketer.update(created.id, list_id=list_id)
    scheduled = await marketer.update(created.id, message="Hi", schedule_at=tomorrow())
    assert (scheduled.status, list(scheduled.missing)) == (SCHEDULED, [])
    assert (await marketer.on("SendCampaign", created.id)).status == RUNNING


@pytest.mark.parametrize("status", ["scheduled", "running", "cancelled"])
@pytest.mark.parametrize("part", ["message", "list_id"])
async def test_a_campaign_without_text_or_list_can_be_stored_only_as_a_draft(
    organisation: Organisation, database: Database, status: Any, part: str
) -> None:
    with pytest.raises(IntegrityError) as refusal:
        await a_campaign(database, organisation.person, status, **{part: None})
    assert violated(refusal.value) == "ck_sms_campaigns_complete"
