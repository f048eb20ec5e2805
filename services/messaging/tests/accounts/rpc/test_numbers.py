"""Each phone number is bought once, and recorded as soon as it is bought."""

import asyncio
from typing import Any

import pytest

from servicekit.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unavailable,
)
from services.messaging.accounts.usecases import buy_numbers
from services.messaging.tests.tenant import Tenant, TwilioSide

BUY = "/IncomingPhoneNumbers.json"


@pytest.fixture
async def account_sid(tenant: Tenant) -> str:
    """Create the tenant's Twilio account and return its SID."""
    return (await tenant.create_subaccount()).sub_account_sid


async def test_a_number_is_bought_and_recorded(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    answer = await tenant.buy_numbers(area_code="415")
    [number] = answer.numbers
    assert number.phone_number.startswith("+1415")
    assert (number.country, list(number.capabilities)) == ("US", ["sms", "mms", "voice"])
    assert not number.HasField("messaging_service_sid")
    assert not number.HasField("released_at")
    assert await twilio.numbers(account_sid) == [number.sid]
    assert await tenant.numbers() == [number]
    assert (await tenant.audited()).count("twilio_number_bought") == 1


async def test_as_many_phone_numbers_as_requested_are_bought_and_listed_newest_first(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    answer = await tenant.buy_numbers(quantity=3, capabilities=["sms", "mms"])
    assert len(answer.numbers) == 3
    assert not answer.errors
    assert len(await twilio.numbers(account_sid)) == 3
    [latest] = (await tenant.buy_numbers()).numbers
    assert [n.sid for n in await tenant.numbers()] == [latest.sid, *(n.sid for n in answer.numbers)]


async def test_bought_numbers_are_added_to_the_messaging_service(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    service = await tenant.create_service()
    answer = await tenant.buy_numbers(quantity=2)
    assert {n.messaging_service_sid for n in answer.numbers} == {service.sid}
    assert set(await twilio.pool(tenant, service.sid)) == {n.sid for n in answer.numbers}


async def test_a_number_that_could_not_be_added_to_the_service_is_added_by_the_next_request(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    service = await tenant.create_service()
    await twilio.misbehave("POST", "/PhoneNumbers", status=500)
    [outside] = (await tenant.buy_numbers()).numbers
    assert not outside.HasField("messaging_service_sid")
    await twilio.behave()
    await tenant.buy_numbers()
    assert len(await twilio.pool(tenant, service.sid)) == 2
    assert {n.messaging_service_sid for n in await tenant.numbers()} == {service.sid}


async def test_concurrent_requests_each_buy_as_many_numbers_as_requested(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    answers = await asyncio.gather(*(tenant.buy_numbers(quantity=2) for _ in range(3)))
    bought = [number.sid for answer in answers for number in answer.numbers]
    assert len(set(bought)) == 6
    assert set(await twilio.numbers(account_sid)) == set(bought)


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500", "truncate"])
async def test_a_purchase_is_looked_up_and_not_repeated_if_twilios_response_was_lost(
    tenant: Tenant, account_sid: str, twilio: TwilioSide, fault: str
) -> None:
    await twilio.misbehave("POST", BUY, count=1, **{fault: True})
    answer = await tenant.buy_numbers(quantity=2)
    assert (len(answer.numbers), len(answer.errors)) == (2, 0)
    assert set(await twilio.numbers(account_sid)) == {n.sid for n in answer.numbers}


async def test_if_twilio_stops_responding_each_missing_number_is_reported(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", BUY, nth=2, status=500)
    answer = await tenant.buy_numbers(quantity=4)
    assert (len(answer.numbers), len(answer.errors)) == (1, 3)
    assert answer.errors[0].phone_number.startswith("+1")
    assert not answer.errors[1].HasField("phone_number")
    assert all(error.message for error in answer.errors)
    assert await twilio.numbers(account_sid) == [answer.numbers[0].sid]


async def test_numbers_that_were_not_bought_in_time_are_reported(
    tenant: Tenant, account_sid: str, twilio: TwilioSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buy_numbers, "_BUYING_SECONDS", 0.05)
    await twilio.misbehave("POST", BUY, latency_ms=100)
    answer = await tenant.buy_numbers(quantity=3)
    assert (len(answer.numbers), len(answer.errors)) == (1, 2)
    assert await twilio.numbers(account_sid) == [answer.numbers[0].sid]


async def test_if_no_number_could_be_bought_the_request_fails_with_the_reason(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    await twilio.misbehave("POST", BUY, status=503)
    with pytest.raises(Unavailable) as away:
        await tenant.buy_numbers()
    assert away.value.code == "provider_unavailable"
    await twilio.misbehave("POST", BUY, status=403)
    with pytest.raises(Conflict) as refusal:
        await tenant.buy_numbers()
    assert refusal.value.code == "provider_refused"
    await twilio.behave()
    assert not await tenant.numbers()
    assert len((await tenant.buy_numbers()).numbers) == 1  # without waiting


async def test_a_number_that_an_interrupted_request_bought_counts_as_bought(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    left = await twilio.buy(account_sid, "312")
    answer = await tenant.buy_numbers(area_code="312")
    assert [n.sid for n in answer.numbers] == [left["sid"]]
    assert await twilio.numbers(account_sid) == [left["sid"]]


async def test_an_interrupted_purchase_is_recorded_even_if_the_next_is_for_another_area_code(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    left = await twilio.buy(account_sid, "312")
    [bought] = (await tenant.buy_numbers(area_code="206")).numbers
    assert bought.phone_number.startswith("+1206")
    assert {n.sid for n in await tenant.numbers()} == {left["sid"], bought.sid}


@pytest.mark.parametrize(
    ("criteria", "field"), [({"area_code": "533"}, "areaCode"), ({"country": "ZZ"}, "country")]
)
async def test_if_no_phone_number_matches_the_error_names_the_field_to_change(
    tenant: Tenant, account_sid: str, criteria: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.buy_numbers(**criteria)
    assert refusal.value.code == "no_numbers_available"
    assert [fault.field for fault in refusal.value.fields] == [field]


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 21}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"area_code": "115"}, "areaCode"),
        ({"area_code": "41"}, "areaCode"),
        ({"area_code": "4１5"}, "areaCode"),
        ({"area_code": "207", "country": "GB"}, "areaCode"),
        ({"country": "us"}, "country"),
        ({"capabilities": ["fax"]}, "capabilities[0]"),
        ({"capabilities": ["sms", "sms"]}, "capabilities"),
    ],
)
async def test_if_the_criteria_are_invalid_the_error_names_the_field_and_nothing_is_bought(
    tenant: Tenant, account_sid: str, twilio: TwilioSide, criteria: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tenant.buy_numbers(**criteria)
    assert [fault.field for fault in refusal.value.fields] == [field]
    assert not await twilio.numbers(account_sid)


async def test_an_organisation_without_an_account_cannot_buy_numbers(tenant: Tenant) -> None:
    with pytest.raises(NotFound) as refusal:
        await tenant.buy_numbers()
    assert refusal.value.code == "no_subaccount"


async def test_members_can_neither_buy_nor_release_numbers(
    tenant: Tenant, account_sid: str, twilio: TwilioSide
) -> None:
    [number] = (await tenant.buy_numbers()).numbers
    tenant.role = "member"
    with pytest.raises(Forbidden):
        await tenant.buy_numbers()
    with pytest.raises(Forbidden):
        await tenant.release(number.sid)
    assert [n.sid for n in await tenant.numbers()] == [number.sid]
