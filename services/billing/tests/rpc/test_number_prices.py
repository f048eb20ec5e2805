"""An operator sets the monthly price of phone numbers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.errors import Forbidden, InvalidInput, Unauthenticated
from services.billing.storage import number_prices
from services.billing.tests.member import Member
from smsblaster.billing.v1 import admin_prices_pb2, admin_prices_pb2_grpc, prices_pb2
from tests.fixtures.running import Person


@pytest.fixture
async def operator(member: Member) -> AsyncIterator[Member]:
    """Return an operator. After the test, the prices are as before."""
    async with member.database.system() as connection:
        before = await number_prices.list_all(connection)
    yield replace(member, person=Person(roles=frozenset({"ADMIN"})))
    async with member.database.system() as connection:
        await connection.execute(text("DELETE FROM number_prices"))
        for price in before:
            await number_prices.replace(connection, price)


async def set_price(operator: Member, **wanted: Any) -> prices_pb2.PhoneNumberPrice:
    stub = admin_prices_pb2_grpc.AdminPriceServiceStub(operator.billing.channel)
    request = admin_prices_pb2.SetNumberPriceRequest(
        **{
            "country": "GB",
            "number_type": "local",
            "cents_per_month": 175,
            "reason": "Twilio charges more",
            **wanted,
        }
    )
    return await operator.call(stub.SetNumberPrice, request)


async def prices_of(member: Member, country: str) -> dict[str, int]:
    async with member.database.system() as connection:
        listed = await number_prices.list_all(connection)
    return {each.number_type: each.cents_per_month for each in listed if each.country == country}


async def test_an_operator_sets_the_price_of_one_type_and_the_change_is_audited(
    operator: Member,
) -> None:
    assert await prices_of(operator, "GB") == {"local": 150, "mobile": 150}
    answer = await set_price(operator)
    assert (answer.country, answer.number_type, answer.cents_per_month) == ("GB", "local", 175)
    assert await prices_of(operator, "GB") == {"local": 175, "mobile": 150}
    await set_price(operator)
    [entry] = await operator.audit_entries()
    assert (entry.action, entry.entity_id) == ("number_price_changed", "GB local")
    assert dict(entry.meta) == {
        "reason": "Twilio charges more",
        "centsPerMonthBefore": 150,
        "centsPerMonth": 175,
    }


async def test_a_type_of_numbers_is_sold_with_its_first_price(operator: Member) -> None:
    await set_price(operator, country="EE", number_type="mobile", cents_per_month=900)
    assert await prices_of(operator, "EE") == {"mobile": 900}


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("country", {"country": "gb"}),
        ("country", {"country": "XX"}),
        ("numberType", {"number_type": "short"}),
        ("centsPerMonth", {"cents_per_month": 0}),
        ("centsPerMonth", {"cents_per_month": 1_000_001}),
        ("reason", {"reason": " "}),
    ],
)
async def test_an_invalid_price_is_refused_and_changes_nothing(
    operator: Member, field: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await set_price(operator, **wrong)
    assert [each.field for each in refusal.value.fields] == [field]
    assert await prices_of(operator, "GB") == {"local": 150, "mobile": 150}


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_set_prices(member: Member, role: str) -> None:
    with pytest.raises(Forbidden):
        await set_price(replace(member, person=Person(roles=frozenset({role}))))


async def test_prices_are_not_set_without_a_token(member: Member) -> None:
    stub = admin_prices_pb2_grpc.AdminPriceServiceStub(member.billing.channel)
    request = admin_prices_pb2.SetNumberPriceRequest(
        country="GB", number_type="local", cents_per_month=175, reason="None"
    )
    with pytest.raises(Unauthenticated):
        await member.billing.caller().call(stub.SetNumberPrice, request)
