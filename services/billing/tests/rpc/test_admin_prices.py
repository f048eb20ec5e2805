"""An operator sets the prices of texts to a country."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from servicekit.errors import Forbidden, InvalidInput, Unauthenticated
from services.billing.storage import prices
from services.billing.tests.member import Member
from smsblaster.audit.v1 import events_pb2
from smsblaster.billing.v1 import admin_prices_pb2, admin_prices_pb2_grpc, prices_pb2
from tests.fixtures.running import Person


@pytest.fixture
async def operator(member: Member) -> AsyncIterator[Member]:
    """Return an operator. After the test, the prices are as before."""
    async with member.database.system() as connection:
        before = await prices.list_all(connection)
    yield replace(member, person=Person(roles=frozenset({"ADMIN"})))
    async with member.database.system() as connection:
        await connection.execute(text("DELETE FROM prices"))
        for price in before:
            await prices.replace(connection, price)


async def set_price(operator: Member, country: str, cents: int, **more: Any) -> prices_pb2.Price:
    stub = admin_prices_pb2_grpc.AdminPriceServiceStub(operator.billing.channel)
    request = admin_prices_pb2.SetPriceRequest(
        **{
            "country": country,
            "cents_per_segment": cents,
            "reason": "Twilio charges more",
            **more,
        }
    )
    return await operator.call(stub.SetPrice, request)


async def price_of(member: Member, country: str) -> tuple[int, int | None] | None:
    async with member.database.system() as connection:
        found = await prices.of_countries(connection, [country])
    return (found[0].cents_per_segment, found[0].cents_per_mms) if found else None


async def audited(operator: Member) -> list[dict[str, Any]]:
    query = text("SELECT payload FROM outbox WHERE subject = 'event.billing.audit' ORDER BY id")
    async with operator.database.system() as connection:
        payloads = (await connection.scalars(query)).all()
    recorded = [events_pb2.AuditRecorded.FromString(payload) for payload in payloads]
    user_id = str(operator.person.user_id)
    return [{"on": r.entity_id, **r.meta} for r in recorded if r.actor_user_id == user_id]


async def test_an_operator_sets_a_price_and_the_change_is_audited(operator: Member) -> None:
    answer = await set_price(operator, "GB", 7, cents_per_mms=9)
    assert (answer.country, answer.prefix) == ("GB", "+44")
    assert (answer.cents_per_segment, answer.cents_per_mms) == (7, 9)
    assert await price_of(operator, "GB") == (7, 9)
    assert await audited(operator) == [
        {
            "on": "GB",
            "reason": "Twilio charges more",
            "centsPerSegmentBefore": 6,
            "centsPerSegment": 7,
            "centsPerMmsBefore": None,
            "centsPerMms": 9,
        }
    ]


async def test_a_price_that_stays_as_it_is_is_not_audited(operator: Member) -> None:
    await set_price(operator, "US", 1, cents_per_mms=3)
    assert await audited(operator) == []


async def test_a_country_without_a_price_gets_one(operator: Member) -> None:
    assert await price_of(operator, "EE") is None
    answer = await set_price(operator, "EE", 8)
    assert not answer.HasField("cents_per_mms")
    assert await price_of(operator, "EE") == (8, None)
    [entry] = await audited(operator)
    assert entry["centsPerSegmentBefore"] is None


async def test_pictures_are_no_longer_sent_to_a_country_without_their_price(
    operator: Member,
) -> None:
    await set_price(operator, "US", 1)
    assert await price_of(operator, "US") == (1, None)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("country", {"country": "us"}),
        ("country", {"country": "XX"}),
        ("country", {"country": "USA"}),
        ("centsPerSegment", {"cents_per_segment": 0}),
        ("centsPerSegment", {"cents_per_segment": 10_001}),
        ("centsPerMms", {"cents_per_mms": 0}),
        ("reason", {"reason": " "}),
    ],
)
async def test_an_invalid_price_is_refused_and_changes_nothing(
    operator: Member, field: str, wrong: dict[str, Any]
) -> None:
    before = await price_of(operator, "US")
    with pytest.raises(InvalidInput) as refusal:
        await set_price(operator, **{"country": "US", "cents": 5, **wrong})
    assert [each.field for each in refusal.value.fields] == [field]
    assert await price_of(operator, "US") == before


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_set_prices(member: Member, role: str) -> None:
    with pytest.raises(Forbidden):
        await set_price(replace(member, person=Person(roles=frozenset({role}))), "US", 5)


async def test_prices_are_not_set_without_a_token(member: Member) -> None:
    stub = admin_prices_pb2_grpc.AdminPriceServiceStub(member.billing.channel)
    request = admin_prices_pb2.SetPriceRequest(country="US", cents_per_segment=5, reason="None")
    with pytest.raises(Unauthenticated):
        await member.billing.caller().call(stub.SetPrice, request)
