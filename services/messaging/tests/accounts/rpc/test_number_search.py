"""Phone numbers for sale and own ones are listed. A moved number belongs to its new account."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from servicekit.errors import InvalidInput, NotFound, Unavailable
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.audit.v1 import events_pb2
from smsblaster.messaging.v1 import numbers_pb2, numbers_pb2_grpc
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN, Simulator

Founding = Callable[[], Awaitable[Tenant]]

API = "/api.twilio.com/2010-04-01"


@pytest.fixture
async def account_sid(tenant: Tenant) -> str:
    """Create the tenant's Twilio account and return its SID."""
    return (await tenant.create_subaccount()).sub_account_sid


async def search(tenant: Tenant, **criteria: Any) -> Sequence[numbers_pb2.AvailableNumber]:
    stub = numbers_pb2_grpc.NumberServiceStub(tenant.messaging.channel)
    request = numbers_pb2.ListAvailableNumbersRequest(**criteria)
    return list((await tenant.call(stub.ListAvailableNumbers, request)).items)


async def listed(tenant: Tenant, **filters: Any) -> list[str]:
    stub = numbers_pb2_grpc.NumberServiceStub(tenant.messaging.channel)
    answer = await tenant.call(stub.ListNumbers, numbers_pb2.ListNumbersRequest(**filters))
    return [number.sid for number in answer.items]


async def test_a_search_for_phone_numbers_buys_none(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    found = await search(tenant, area_code="415", limit=3)
    assert len(found) == 3
    assert all(number.phone_number.startswith("+1415") for number in found)
    [first, *_] = found
    assert (first.country, first.locality, first.region) == ("US", "San Francisco", "CA")
    assert list(first.capabilities) == ["sms", "mms", "voice"]
    assert (first.number_type, first.cents_per_month) == ("local", 150)
    assert await twilio.numbers(account_sid) == []


async def test_a_number_that_was_found_can_be_bought_and_is_not_found_again(
    tenant: Tenant, account_sid: str
) -> None:
    before = {n.phone_number for n in await search(tenant, area_code="604", country="CA", limit=50)}
    [bought] = (await tenant.buy_numbers(area_code="604", country="CA")).numbers
    after = {n.phone_number for n in await search(tenant, area_code="604", country="CA", limit=50)}
    assert bought.phone_number in before - after


async def test_a_search_for_phone_numbers_can_require_digits_within_them(
    tenant: Tenant, account_sid: str
) -> None:
    found = await search(tenant, contains="5550*77")
    assert all("55501" in number.phone_number for number in found)
    assert {number.phone_number[-2:] for number in found} == {"77"}


async def test_a_search_without_results_returns_an_empty_list(
    tenant: Tenant, account_sid: str
) -> None:
    assert await search(tenant, country="ZZ") == []
    assert await search(tenant, area_code="533") == []


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"area_code": "115"}, "areaCode"),
        ({"area_code": "207", "country": "GB"}, "areaCode"),
        ({"country": "us"}, "country"),
        ({"capabilities": ["fax"]}, "capabilities[0]"),
        ({"contains": "5"}, "contains"),
        ({"contains": "55%5"}, "contains"),
    ],
)
async def test_invalid_search_criteria_are_refused_with_the_name_of_the_field(
    tenant: Tenant, account_sid: str, criteria: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await search(tenant, **criteria)
    assert [fault.field for fault in refusal.value.fields] == [field]


async def test_a_search_for_numbers_fails_without_a_subaccount_or_a_response_of_twilio(
    tenant: Tenant, twilio: TwilioSide
) -> None:
    with pytest.raises(NotFound) as refusal:
        await search(tenant)
    assert refusal.value.code == "no_subaccount"
    await tenant.create_subaccount()
    await twilio.misbehave("GET", "/Local.json", status=503)
    with pytest.raises(Unavailable):
        await search(tenant)


async def test_the_organisations_numbers_can_be_filtered(tenant: Tenant, account_sid: str) -> None:
    [us] = (await tenant.buy_numbers(area_code="415")).numbers
    [canadian] = (await tenant.buy_numbers(area_code="416", country="CA")).numbers
    assert await listed(tenant) == [canadian.sid, us.sid]
    assert await listed(tenant, country="CA") == [canadian.sid]
    assert await listed(tenant, capabilities=["mms"]) == [canadian.sid, us.sid]
    await tenant.execute(
        "UPDATE twilio_numbers SET capabilities = '[\"sms\"]' WHERE sid = :sid", sid=us.sid
    )
    assert await listed(tenant, capabilities=["mms"]) == [canadian.sid]
    await tenant.release(canadian.sid)
    assert await listed(tenant) == [us.sid]
    assert await listed(tenant, include_released=True) == [canadian.sid, us.sid]
    invalid: tuple[tuple[dict[str, Any], str], ...] = (
        ({"country": "canada"}, "country"),
        ({"capabilities": ["x"]}, "capabilities[0]"),
    )
    for filters, field in invalid:
        with pytest.raises(InvalidInput) as refusal:
            await listed(tenant, **filters)
        assert [fault.field for fault in refusal.value.fields] == [field]


async def test_a_number_that_moved_to_another_organisations_account_belongs_to_that_organisation(
    tenant: Tenant, account_sid: str, simulator: Simulator, found_tenant: Founding
) -> None:
    former = await found_tenant()
    formers_account = (await former.create_subaccount()).sub_account_sid
    [moved] = (await former.buy_numbers(area_code="617")).numbers
    _move(simulator, moved.sid, formers_account, account_sid)
    [taken] = (await tenant.buy_numbers(area_code="617")).numbers
    assert (taken.sid, taken.phone_number) == (moved.sid, moved.phone_number)
    assert await listed(former) == []
    assert await listed(former, include_released=True) == [moved.sid]
    await _lost(former, moved.sid)


async def test_a_number_that_moved_back_to_its_first_account_is_used_again(
    tenant: Tenant, account_sid: str, simulator: Simulator
) -> None:
    other = Tenant(tenant.messaging, tenant.database)
    others_account = (await other.create_subaccount()).sub_account_sid
    service = await tenant.create_service()
    [number] = (await tenant.buy_numbers(area_code="618")).numbers
    _move(simulator, number.sid, account_sid, others_account)
    await other.buy_numbers(area_code="618")
    _move(simulator, number.sid, others_account, account_sid)
    [back] = (await tenant.buy_numbers(area_code="618")).numbers
    assert (back.sid, back.messaging_service_sid) == (number.sid, service.sid)
    assert back.id != number.id
    assert await listed(other) == []
    assert (await tenant.release(number.sid)).id == back.id
    assert await listed(tenant) == []


async def test_a_number_that_twilio_sells_again_belongs_to_the_new_buyer(
    tenant: Tenant, account_sid: str, found_tenant: Founding
) -> None:
    former = await found_tenant()
    await former.create_subaccount()
    [number] = (await former.buy_numbers(area_code="303")).numbers
    [for_sale] = await search(tenant, area_code="303", limit=1)
    # As if the organisation had released the number in Twilio's console.
    await former.execute(
        "UPDATE twilio_numbers SET phone_number = :number WHERE org_id = :org_id",
        number=for_sale.phone_number,
    )
    [bought] = (await tenant.buy_numbers(area_code="303")).numbers
    assert bought.phone_number == for_sale.phone_number
    assert await listed(former) == []
    await _lost(former, number.sid)


def _move(simulator: Simulator, sid: str, from_account: str, to_account: str) -> None:
    """Move a phone number to another account at Twilio."""
    httpx.post(
        f"{simulator.url}{API}/Accounts/{from_account}/IncomingPhoneNumbers/{sid}.json",
        data={"AccountSid": to_account},
        auth=(TWILIO_SID, TWILIO_TOKEN),
    ).raise_for_status()


async def _lost(former: Tenant, sid: str) -> None:
    recorded = [
        events_pb2.AuditRecorded.FromString(payload)
        for payload in await former.announced("event.messaging.audit")
    ]
    [loss] = [r for r in recorded if r.action == "twilio_number_lost" and r.entity_id == sid]
    assert (loss.org_id, loss.HasField("actor_user_id")) == (str(former.org_id), False)
