"""Accounts, keys, tokens, numbers, services and lookups through Twilio's SDK."""

import asyncio

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from simulator.tests.conftest import MASTER_SID, LiveSimulator
from simulator.tests.twilio_client import call, client, tenant


def balance(who: Client) -> str:
    """Request the balance: the simplest request that needs credentials."""
    return str(who.api.v2010.account.balance.fetch().balance)


async def test_a_subaccount_authenticates_with_its_own_token_and_its_parent_can_read_it(
    sim: LiveSimulator,
) -> None:
    master = client(sim.url)
    made = await call(lambda: master.api.v2010.accounts.create(friendly_name="Acme"))
    assert (made.status, made.owner_account_sid) == ("active", MASTER_SID)
    own = client(sim.url, made.sid, made.auth_token)
    assert (await call(lambda: own.api.v2010.accounts(made.sid).fetch())).friendly_name == "Acme"
    listed = await call(lambda: master.api.v2010.accounts.list(friendly_name="Acme"))
    assert [account.sid for account in listed] == [made.sid]
    balance = await call(lambda: master.api.v2010.accounts(MASTER_SID).balance.fetch())
    assert (balance.balance, balance.currency) == ("1000.00", "USD")


@pytest.mark.parametrize(
    ("status", "http_status", "code"), [("suspended", 403, 20005), ("closed", 401, 20003)]
)
async def test_an_account_that_is_not_active_is_refused(
    sim: LiveSimulator, status: str, http_status: int, code: int
) -> None:
    acme, master = await tenant(sim), client(sim.url)
    await call(lambda: master.api.v2010.accounts(acme.sid).update(status=status))
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: balance(acme.client))
    assert (refused.value.status, refused.value.code) == (http_status, code)


async def test_a_suspended_account_can_be_reactivated_and_a_closed_account_cannot(
    sim: LiveSimulator,
) -> None:
    acme, master = await tenant(sim), client(sim.url)
    account = master.api.v2010.accounts(acme.sid)
    await call(lambda: account.update(status="suspended"))
    await call(lambda: account.update(status="active"))
    assert await call(lambda: acme.client.messages.list()) == []
    await call(lambda: account.update(status="closed"))
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: account.update(status="active"))
    assert refused.value.code == 21479


async def test_an_account_cannot_see_another_account(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: acme.client.api.v2010.accounts(other.sid).balance.fetch())
    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_a_wrong_token_is_refused_with_20003(sim: LiveSimulator) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: balance(client(sim.url, MASTER_SID, "wrong")))
    assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_an_api_key_can_send_until_it_is_revoked_and_cannot_manage_keys(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    key = await call(lambda: acme.client.api.v2010.accounts(acme.sid).new_keys.create())
    by_key = client(sim.url, key.sid, key.secret, account_sid=acme.sid)
    sent = await call(
        lambda: by_key.messages.create(to="+12125550123", from_=acme.number, body="hi")
    )
    assert sent.account_sid == acme.sid
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: by_key.keys(key.sid).fetch())
    assert refused.value.status == 401
    assert [k.sid for k in await call(lambda: acme.client.keys.list())] == [key.sid]
    await call(lambda: acme.client.keys(key.sid).delete())
    with pytest.raises(TwilioRestException):
        await call(lambda: balance(by_key))


async def test_a_promoted_token_replaces_the_primary_token(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    tokens = acme.client.accounts.v1
    second = (await call(lambda: tokens.secondary_auth_token().create())).secondary_auth_token
    by_second = client(sim.url, acme.sid, second)
    assert await call(lambda: by_second.messages.list()) == []
    assert await call(lambda: acme.client.messages.list()) == []
    promoted = await call(lambda: by_second.accounts.v1.auth_token_promotion().update())
    assert promoted.auth_token == second
    with pytest.raises(TwilioRestException):
        await call(lambda: balance(acme.client))


async def test_a_number_is_searched_for_bought_configured_and_released(sim: LiveSimulator) -> None:
    master = client(sim.url)
    free = master.available_phone_numbers("US").local
    found = await call(lambda: free.list(area_code=206, contains="555012*", limit=3))
    assert [n.phone_number for n in found] == ["+12065550120", "+12065550121", "+12065550122"]
    bought = await call(
        lambda: master.incoming_phone_numbers.create(phone_number=found[0].phone_number)
    )
    with pytest.raises(TwilioRestException) as taken:
        await call(lambda: master.incoming_phone_numbers.create(phone_number=bought.phone_number))
    assert taken.value.code == 21422
    changed = await call(
        lambda: master.incoming_phone_numbers(bought.sid).update(sms_url="https://example.com/in")
    )
    assert changed.sms_url == "https://example.com/in"
    assert await call(lambda: master.incoming_phone_numbers(bought.sid).delete())
    assert await call(lambda: master.incoming_phone_numbers.list()) == []
    again = await call(lambda: free.list(area_code=206, contains="555012*", limit=3))
    assert bought.phone_number not in [n.phone_number for n in again]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"phone_number": "+15005550000"}, 21422),
        ({"phone_number": "+15005550001"}, 21421),
        ({"phone_number": "nonsense"}, 21421),
        ({"area_code": "533"}, 21452),
        ({"area_code": "1"}, 21451),
        ({"area_code": "415", "sms_url": "ftp://x"}, 21402),
        ({}, 20001),
    ],
)
async def test_a_bad_purchase_is_refused_with_twilios_code(
    sim: LiveSimulator, asked: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: client(sim.url).incoming_phone_numbers.create(**asked))
    assert refused.value.code == code


async def test_a_toll_free_number_is_found_and_bought(sim: LiveSimulator) -> None:
    master = client(sim.url)
    found = await call(lambda: master.available_phone_numbers("US").toll_free.list(limit=1))
    bought = await call(
        lambda: master.incoming_phone_numbers.toll_free.create(phone_number=found[0].phone_number)
    )
    assert bought.phone_number.startswith("+1800555")


async def test_a_phone_number_belongs_to_only_one_pool(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    services = acme.client.messaging.v1.services
    second = await call(lambda: services.create(friendly_name="Second"))
    first_pool = services(acme.service_sid).phone_numbers
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: first_pool.create(acme.number_sid))
    assert refused.value.code == 21710
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: services(second.sid).phone_numbers.create(acme.number_sid))
    assert refused.value.code == 21712
    pool = await call(lambda: first_pool.list())
    assert [(n.sid, n.phone_number) for n in pool] == [(acme.number_sid, acme.number)]


async def test_the_pages_of_the_list_of_services_have_absolute_links(sim: LiveSimulator) -> None:
    services = client(sim.url).messaging.v1.services
    await call(lambda: [services.create(friendly_name=f"Service {n}") for n in range(5)])
    listed = await call(lambda: services.list(page_size=2))
    assert [service.friendly_name for service in listed] == [f"Service {n}" for n in range(5)]


async def test_a_service_is_updated_and_deleted(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    service = acme.client.messaging.v1.services(acme.service_sid)
    changed = await call(
        lambda: service.update(use_inbound_webhook_on_number=True, validity_period=600)
    )
    assert (changed.use_inbound_webhook_on_number, changed.validity_period) == (True, 600)
    assert await call(lambda: service.delete())
    with pytest.raises(TwilioRestException) as gone:
        await call(lambda: service.fetch())
    assert gone.value.status == 404


async def test_page_size_over_1000_is_refused(sim: LiveSimulator) -> None:
    with pytest.raises(TwilioException, match="20007"):
        await call(lambda: client(sim.url).messages.page(page_size=1001))


async def test_a_lookup_distinguishes_valid_from_invalid_phone_numbers(sim: LiveSimulator) -> None:
    numbers = client(sim.url).lookups.v2.phone_numbers
    good = await call(lambda: numbers("+14155552671").fetch(fields="line_type_intelligence"))
    assert (good.valid, good.country_code) == (True, "US")
    assert good.line_type_intelligence["type"] == "mobile"
    bad = await call(lambda: numbers("+1415555267").fetch())
    assert (bad.valid, bad.validation_errors) == (False, ["TOO_SHORT"])


async def test_requests_above_the_concurrency_limit_get_20429(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"max_concurrent_requests": 1})
    await sim.post("/sim/faults", {"latency_ms": 300, "count": 1})

    async def one() -> int:
        try:
            await call(lambda: balance(acme.client))
        except TwilioRestException as error:
            return int(error.code)
        return 0

    assert sorted(await asyncio.gather(one(), one())) == [0, 20429]
    assert await one() == 0
