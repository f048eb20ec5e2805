"""Phone numbers: searching for free ones; buying, changing, moving and releasing them."""

from itertools import pairwise
from typing import Any

import pytest

from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import call, client, refusal, tenant


async def found(sim: LiveSimulator, country: str = "US", **wanted: Any) -> list[Any]:
    """Return local phone numbers that can be bought."""
    free = client(sim.url).available_phone_numbers(country).local
    return list(await call(lambda: free.list(**wanted)))


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"area_code": 512, "limit": 2}, ["+15125550100", "+15125550101"]),
        ({"area_code": 512, "contains": "0107$"}, ["+15125550107"]),
        ({"area_code": 512, "contains": "55501$"}, []),
        ({"area_code": 512, "contains": "555%9$", "limit": 2}, ["+15125550109", "+15125550119"]),
        ({"area_code": 512, "contains": "+512555014", "limit": 1}, ["+15125550140"]),
        ({"area_code": 512, "contains": "JKL01*8"}, [f"+15125550{n}" for n in range(108, 199, 10)]),
        ({"in_locality": "Austin", "limit": 1}, ["+15125550100"]),
        ({"in_region": "WA", "limit": 1}, ["+12065550100"]),
        ({"in_region": "WA", "in_locality": "Austin"}, []),
        ({"area_code": 533}, []),
    ],
)
async def test_numbers_can_be_searched_by_area_code_place_and_pattern(
    sim: LiveSimulator, wanted: dict[str, Any], numbers: list[str]
) -> None:
    assert [number.phone_number for number in await found(sim, **wanted)] == numbers


async def test_a_search_shows_the_place_and_the_capabilities_of_a_number(
    sim: LiveSimulator,
) -> None:
    [number] = await found(sim, area_code=206, limit=1)
    assert (number.friendly_name, number.iso_country) == ("(206) 555-0100", "US")
    assert (number.locality, number.region, number.postal_code) == ("Seattle", "WA", "98101")
    assert number.capabilities == {"voice": True, "sms": True, "mms": True}


async def test_a_search_finds_numbers_in_canada_and_none_outside_the_us_and_canada(
    sim: LiveSimulator,
) -> None:
    [number] = await found(sim, "CA", limit=1)
    assert (number.iso_country, number.region) == ("CA", "ON")
    countries = client(sim.url).available_phone_numbers
    assert {c.country_code for c in await call(countries.list)} == {"US", "CA"}
    assert await refusal(countries("FR").fetch) == (404, 20404)
    assert (await call(countries("CA").fetch)).country == "Canada"


async def test_a_search_shows_no_place_for_toll_free_numbers(sim: LiveSimulator) -> None:
    toll_free = client(sim.url).available_phone_numbers("US").toll_free
    numbers = await call(lambda: toll_free.list(limit=8))
    assert {n.phone_number[2:5] for n in numbers} == {
        *("800", "833", "844", "855", "866", "877", "888"),
    }
    assert {(n.locality, n.region, n.postal_code) for n in numbers} == {(None, None, None)}


async def test_a_search_finds_thirty_numbers_unless_it_asks_for_more(sim: LiveSimulator) -> None:
    assert len(await found(sim)) == 30
    assert len(await found(sim, page_size=80)) == 80


async def test_a_phone_number_that_was_sold_is_not_found_by_a_search(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    number = await found(sim, area_code=303, limit=1)
    phone = number[0].phone_number
    bought = await call(lambda: acme.client.incoming_phone_numbers.create(phone_number=phone))
    assert (bought.phone_number, bought.friendly_name) == (phone, "(303) 555-0100")
    assert (await found(sim, area_code=303, limit=1))[0].phone_number != phone
    master = client(sim.url)
    buying = master.incoming_phone_numbers
    assert await refusal(lambda: buying.create(phone_number=phone)) == (400, 21422)
    await call(acme.client.incoming_phone_numbers(bought.sid).delete)
    assert await refusal(lambda: buying.create(phone_number=phone)) == (400, 21422)


async def test_the_numbers_of_an_area_code_are_sold_in_order_until_none_is_left(
    sim: LiveSimulator,
) -> None:
    master = client(sim.url)

    def buy_all() -> list[str]:
        buying = master.incoming_phone_numbers
        return [buying.create(area_code="617").phone_number for _ in range(100)]

    bought = await call(buy_all)
    assert all(first < second for first, second in pairwise(bought))
    buying = master.incoming_phone_numbers
    assert await refusal(lambda: buying.create(area_code="617")) == (400, 21452)


async def test_a_new_number_has_twilios_defaults(sim: LiveSimulator) -> None:
    numbers = client(sim.url).incoming_phone_numbers
    made = await call(lambda: numbers.create(area_code="415", friendly_name="Main"))
    assert made.sid.startswith("PN")
    assert (made.friendly_name, made.status, made.origin) == ("Main", "in-use", "twilio")
    assert (made.sms_url, made.sms_method) == ("", "POST")
    assert made.capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}


async def test_webhooks_of_a_number_are_set_changed_and_removed(sim: LiveSimulator) -> None:
    acme = await tenant(sim, inbound="https://example.com/in")
    number = acme.client.incoming_phone_numbers(acme.number_sid)
    changes = {
        "sms_method": "GET",
        "sms_fallback_url": "https://example.com/fallback",
        "status_callback": "https://example.com/status",
        "voice_url": "https://example.com/voice",
    }
    await call(lambda: number.update(**changes))
    kept = await call(number.fetch)
    assert kept.sms_url == "https://example.com/in"
    assert {name: getattr(kept, name) for name in changes} == changes
    assert (await call(lambda: number.update(sms_url=""))).sms_url == ""
    assert await refusal(lambda: number.update(voice_url="nowhere")) == (400, 21402)
    assert (await call(number.fetch)).voice_url == "https://example.com/voice"


async def test_phone_numbers_can_be_filtered_by_name_and_by_digits_with_wildcards(
    sim: LiveSimulator,
) -> None:
    numbers = client(sim.url).incoming_phone_numbers

    def buy() -> None:
        for phone, name in (("+14155550101", "A"), ("+12065550101", "B"), ("+12065550199", "B")):
            numbers.create(phone_number=phone, friendly_name=name)

    await call(buy)

    async def listed(**wanted: str) -> list[str]:
        return [n.phone_number for n in await call(lambda: numbers.list(**wanted))]

    assert await listed(friendly_name="A") == ["+14155550101"]
    assert await listed(phone_number="+12065550199") == ["+12065550199"]
    assert await listed(phone_number="206") == ["+12065550101", "+12065550199"]
    assert await listed(phone_number="206***01**") == ["+12065550101", "+12065550199"]
    assert await listed(phone_number="415****101") == ["+14155550101"]
    assert await listed(phone_number="415*101") == []


async def test_the_parent_account_can_move_a_number_to_another_subaccount(
    sim: LiveSimulator,
) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    numbers = client(sim.url).api.v2010.accounts(acme.sid).incoming_phone_numbers
    moved = await call(lambda: numbers(acme.number_sid).update(account_sid=other.sid))
    assert moved.account_sid == other.sid
    assert await refusal(acme.client.incoming_phone_numbers(acme.number_sid).fetch) == (404, 20404)
    assert await call(acme.client.messaging.v1.services(acme.service_sid).phone_numbers.list) == []
    held = [n.sid for n in await call(other.client.incoming_phone_numbers.list)]
    assert sorted(held) == sorted([other.number_sid, acme.number_sid])
    foreign = {"account_sid": "AC" + "9" * 32}
    own = other.client.incoming_phone_numbers(other.number_sid)
    assert await refusal(lambda: own.update(**foreign)) == (400, 21470)


async def test_a_released_number_leaves_its_messaging_service(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await call(acme.client.incoming_phone_numbers(acme.number_sid).delete)
    assert await refusal(acme.client.incoming_phone_numbers(acme.number_sid).delete) == (404, 20404)
    pool = acme.client.messaging.v1.services(acme.service_sid).phone_numbers
    assert await call(pool.list) == []
    asked = {"to": "+12125550123", "from_": acme.number, "body": "hi"}
    assert await refusal(lambda: acme.client.messages.create(**asked)) == (400, 21606)


async def test_accounts_neither_see_nor_change_each_others_numbers(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    foreign = acme.client.incoming_phone_numbers(other.number_sid)
    assert await refusal(foreign.fetch) == (404, 20404)
    assert await refusal(lambda: foreign.update(friendly_name="Mine")) == (404, 20404)
    assert await refusal(foreign.delete) == (404, 20404)
    listed = await call(acme.client.incoming_phone_numbers.list)
    assert [number.sid for number in listed] == [acme.number_sid]
