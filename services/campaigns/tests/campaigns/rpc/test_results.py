"""The results of a campaign: the status and the error of each recipient."""

import csv
import re
from typing import Any

import pytest

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.outcomes import fate
from smsblaster.campaigns.v1 import results_pb2 as pb
from smsblaster.campaigns.v1 import results_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.running import Person, Running

SIZE = 5


@pytest.fixture
async def campaign_id(
    organisation: Organisation, marketer: Marketer, neighbours: Neighbours, sender: None
) -> str:
    """Create a campaign with one delivered, two failed, one undelivered and one sent message."""
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(SIZE))
    await marketer.until(campaign_id, DONE)
    for number, status, code in (
        *((0, "delivered", None), (1, "failed", 30001), (2, "failed", 30001)),
        (3, "undelivered", 30006),
    ):
        await fate(neighbours, campaign_id, phone(number), status, code)
    return campaign_id


async def ask(marketer: Marketer, method: str, campaign_id: object, **fields: Any) -> Any:
    stub = results_pb2_grpc.CampaignResultServiceStub(marketer.service.channel)
    request = getattr(pb, f"{method}Request")(id=str(campaign_id), **fields)
    with acting_as(marketer.person.identity()):
        return await marketer.service.caller().call(getattr(stub, method), request)


async def exported(marketer: Marketer, campaign_id: str, **fields: Any) -> list[dict[str, str]]:
    stub = results_pb2_grpc.CampaignResultServiceStub(marketer.service.channel)
    request = pb.ExportCampaignResultsRequest(id=campaign_id, **fields)
    with acting_as(marketer.person.identity()):
        call = stub.ExportCampaignResults(request, metadata=marketer.service.caller().metadata())
    blocks = [block async for block in call]
    assert blocks[0].content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(b"".join(b.data for b in blocks).decode("utf-8-sig").splitlines()))


async def test_every_recipient_is_listed_with_their_result(
    marketer: Marketer, campaign_id: str
) -> None:
    found = {r.to: r for r in (await ask(marketer, "ListCampaignResults", campaign_id)).items}
    assert set(found) == {phone(number) for number in range(SIZE)}
    assert found[phone(0)].status == messages_pb2.MESSAGE_STATUS_DELIVERED
    assert found[phone(0)].HasField("delivered_at")
    assert (found[phone(1)].error_code, found[phone(1)].segments) == (30001, 1)
    assert found[phone(1)].error_message
    assert found[phone(4)].status == messages_pb2.MESSAGE_STATUS_QUEUED
    assert not found[phone(4)].HasField("error_code")


@pytest.mark.parametrize(
    ("fields", "numbers"),
    [
        ({"status": messages_pb2.MESSAGE_STATUS_FAILED}, {1, 2}),
        ({"error_code": 30006}, {3}),
        ({"status": messages_pb2.MESSAGE_STATUS_FAILED, "error_code": 30006}, set()),
    ],
)
async def test_results_can_be_filtered_by_status_and_error(
    marketer: Marketer, campaign_id: str, fields: dict[str, Any], numbers: set[int]
) -> None:
    answer = await ask(marketer, "ListCampaignResults", campaign_id, **fields)
    wanted = {phone(number) for number in numbers}
    assert {result.to for result in answer.items} == wanted
    rows = await exported(marketer, campaign_id, **fields)
    assert {row["Phone"].removeprefix("'") for row in rows} == wanted


async def test_the_pages_of_results_contain_every_recipient_once(
    marketer: Marketer, campaign_id: str
) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await ask(marketer, "ListCampaignResults", campaign_id, limit=2, cursor=cursor)
        seen += [result.contact_id for result in page.items]
        cursor = page.next_cursor or None
    assert cursor is None
    assert seen == sorted(set(seen))
    assert len(seen) == SIZE


async def test_an_export_has_a_row_for_every_recipient(
    marketer: Marketer, campaign_id: str
) -> None:
    rows = {row["Phone"]: row for row in await exported(marketer, campaign_id)}
    assert len(rows) == SIZE
    assert rows[f"'{phone(3)}"]["Status"] == "undelivered"
    assert rows[f"'{phone(3)}"]["Error code"] == "30006"
    delivered_at = rows[f"'{phone(0)}"]["Delivered at"]
    assert re.fullmatch(r"[-\d]{10}T[:\d]{8}\.\d{3}Z", delivered_at)
    assert rows[f"'{phone(0)}"]["Price (cents)"] == "1"


async def test_the_errors_of_a_campaign_are_grouped_by_code_and_explained(
    marketer: Marketer, campaign_id: str
) -> None:
    errors = (await ask(marketer, "ListCampaignErrors", campaign_id)).items
    assert [(e.error_code, e.count, e.retryable) for e in errors] == [
        (30001, 2, True),
        (30006, 1, False),
    ]
    assert all(error.title and error.description for error in errors)


@pytest.mark.parametrize("method", ["ListCampaignResults", "ListCampaignErrors"])
async def test_results_of_another_organisation_are_refused(
    campaigns: Running, marketer: Marketer, campaign_id: str, method: str
) -> None:
    stranger = Marketer(campaigns, Person())
    with pytest.raises(CrossOrgAccess):
        await ask(stranger, method, campaign_id)
    with pytest.raises(NotFound):
        await ask(marketer, method, new_id())


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"error_code": -1}, "errorCode"),
        ({"limit": 201}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
async def test_an_invalid_query_gets_an_error_for_its_field(
    marketer: Marketer, campaign_id: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await ask(marketer, "ListCampaignResults", campaign_id, **fields)
    assert fields_of(caught.value) == [field]
