"""The price list has the price of a text to each destination."""

from dataclasses import replace

import pytest

from servicekit.errors import Unauthenticated
from services.billing.tests.member import Member
from smsblaster.billing.v1 import prices_pb2, prices_pb2_grpc
from tests.fixtures.running import Person


async def listed(member: Member) -> prices_pb2.ListPricesResponse:
    stub = prices_pb2_grpc.PriceServiceStub(member.billing.channel)
    return await member.call(stub.ListPrices, prices_pb2.ListPricesRequest())


async def test_every_destination_has_its_prefix_and_price(member: Member) -> None:
    answer = await listed(member)
    prices = {item.country: (item.prefix, item.cents_per_segment) for item in answer.items}
    assert answer.currency == "usd"
    assert list(prices) == sorted(prices)
    assert prices["US"] == prices["CA"] == ("+1", 1)
    assert prices["GB"] == ("+44", 6)
    assert prices["DE"] == ("+49", 10)
    with_pictures = {
        i.country: i.cents_per_mms for i in answer.items if i.HasField("cents_per_mms")
    }
    assert with_pictures == {"CA": 3, "US": 3}


async def test_every_member_can_read_the_prices(member: Member) -> None:
    plain = replace(member, person=Person(roles=frozenset({"member"})))
    assert (await listed(plain)).items == (await listed(member)).items


async def test_a_request_for_prices_without_a_token_is_refused(member: Member) -> None:
    stub = prices_pb2_grpc.PriceServiceStub(member.billing.channel)
    with pytest.raises(Unauthenticated):
        await member.billing.caller().call(stub.ListPrices, prices_pb2.ListPricesRequest())
