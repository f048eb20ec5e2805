"""For each contact list, its latest campaign is shown."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import a_campaign
from smsblaster.campaigns.v1 import campaigns_pb2, list_uses_pb2, list_uses_pb2_grpc
from tests.fixtures.running import Person, Running


def at(hour: int) -> datetime:
    return datetime(2026, 3, 4, hour, tzinfo=UTC)


async def last(alone: Running, person: Person, *list_ids: object) -> Any:
    stub = list_uses_pb2_grpc.ListUseServiceStub(alone.channel)
    request = list_uses_pb2.ListLastCampaignsRequest(list_ids=map(str, list_ids))
    with acting_as(person.identity()):
        return (await alone.caller().call(stub.ListLastCampaigns, request)).items


async def test_the_campaign_that_was_started_last_is_shown_for_each_list(
    alone: Running, database: Database
) -> None:
    person, one, two, unused = Person(), new_id(), new_id(), new_id()
    await a_campaign(database, person, "cancelled", list_id=one, started_at=at(1), body="Hi")
    newest = await a_campaign(
        database, person, "cancelled", list_id=one, started_at=at(3), name="Newest", body="Hi"
    )
    await a_campaign(database, person, "cancelled", list_id=one, started_at=at(2), body="Hi")
    await a_campaign(database, person, list_id=one)
    other = await a_campaign(database, person, "cancelled", list_id=two, started_at=at(1), body="x")
    found = {item.list_id: item for item in await last(alone, person, one, two, unused, one)}
    assert {key: UUID(item.campaign_id) for key, item in found.items()} == {
        str(one): newest,
        str(two): other,
    }
    shown = found[str(one)]
    assert (shown.name, shown.status) == ("Newest", campaigns_pb2.CAMPAIGN_STATUS_CANCELLED)
    assert shown.started_at.ToDatetime(UTC) == at(3)


async def test_campaigns_of_other_organisations_are_not_shown(
    alone: Running, database: Database
) -> None:
    list_id = new_id()
    await a_campaign(database, Person(), "cancelled", list_id=list_id, started_at=at(1), body="Hi")
    assert not await last(alone, Person(), list_id)


@pytest.mark.parametrize("ids", [[], ["none"]])
async def test_the_ids_of_lists_are_required_and_must_be_uuids(
    alone: Running, ids: list[str]
) -> None:
    with pytest.raises(InvalidInput):
        await last(alone, Person(), *ids)
