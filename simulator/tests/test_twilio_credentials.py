"""Authentication with auth tokens, second tokens and API keys, and what each may do."""

import base64
from typing import Any

import pytest
from twilio.rest import Client

from simulator.tests.conftest import MASTER_SID, MASTER_TOKEN, LiveSimulator
from simulator.tests.twilio_client import Tenant, call, client, refusal, tenant

REFUSED = (401, 20003)
BALANCE = f"/api.twilio.com/2010-04-01/Accounts/{MASTER_SID}/Balance.json"


def keys(who: Client) -> Any:
    return who.api.v2010.account.keys


async def new_key(acme: Tenant, name: str = "one") -> Any:
    return await call(lambda: acme.client.api.v2010.account.new_keys.create(friendly_name=name))


def by_key(sim: LiveSimulator, key: Any, account_sid: str) -> Client:
    return client(sim.url, key.sid, key.secret, account_sid=account_sid)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Bearer " + base64.b64encode(f"{MASTER_SID}:{MASTER_TOKEN}".encode()).decode(),
        basic(MASTER_SID),
        basic(f"{MASTER_SID}:"),
        basic(f"{MASTER_SID}:{MASTER_TOKEN} "),
        basic(f"{MASTER_SID.lower()}:{MASTER_TOKEN}"),
        basic(f":{MASTER_TOKEN}"),
    ],
)
async def test_a_request_without_a_valid_authorization_header_is_refused(
    sim: LiveSimulator, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    async with sim.http.get(BALANCE, headers=headers) as response:
        assert response.status == 401
        assert (await response.json())["code"] == 20003


async def test_the_authorization_scheme_is_accepted_in_upper_or_lower_case(
    sim: LiveSimulator,
) -> None:
    header = basic(f"{MASTER_SID}:{MASTER_TOKEN}").replace("Basic", "bAsIc")
    async with sim.http.get(BALANCE, headers={"Authorization": header}) as response:
        assert response.status == 200


async def test_the_secret_of_a_key_is_shown_only_when_the_key_is_created(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    made = await new_key(acme)
    assert made.sid.startswith("SK")
    assert made.secret
    path = f"/api.twilio.com/2010-04-01/Accounts/{acme.sid}/Keys"
    headers = {"Authorization": basic(f"{acme.sid}:{acme.token}")}
    for address in (f"{path}.json", f"{path}/{made.sid}.json"):
        async with sim.http.get(address, headers=headers) as response:
            text = await response.text()
        assert made.sid in text
        assert "secret" not in text


async def test_keys_are_listed_renamed_and_revoked(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    first, second = await new_key(acme, "first"), await new_key(acme, "second")
    assert [key.friendly_name for key in await call(keys(acme.client).list)] == ["first", "second"]
    renamed = await call(lambda: keys(acme.client)(first.sid).update(friendly_name="new"))
    assert renamed.friendly_name == "new"
    assert (await call(keys(acme.client)(first.sid).update)).friendly_name == "new"
    too_long = {"friendly_name": "x" * 65}
    assert await refusal(lambda: keys(acme.client)(first.sid).update(**too_long)) == (400, 20002)
    assert await call(keys(acme.client)(first.sid).delete)
    assert await refusal(keys(acme.client)(first.sid).fetch) == (404, 20404)
    assert [key.sid for key in await call(keys(acme.client).list)] == [second.sid]
    assert await refusal(by_key(sim, first, acme.sid).messages.list) == REFUSED
    assert await call(by_key(sim, second, acme.sid).messages.list) == []


async def test_an_api_key_works_on_every_host_but_cannot_manage_accounts_or_keys(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    own = by_key(sim, await new_key(acme), acme.sid)
    assert [s.sid for s in await call(own.messaging.v1.services.list)] == [acme.service_sid]
    assert (await call(own.lookups.v2.phone_numbers("+14155552671").fetch)).valid
    assert await call(own.events.v1.sinks.list) == []
    assert await call(own.trusthub.v1.customer_profiles.list) == []
    for managing in (
        own.api.v2010.accounts(acme.sid).fetch,
        keys(own).list,
        own.api.v2010.account.new_keys.create,
        own.accounts.v1.secondary_auth_token().create,
        own.accounts.v1.auth_token_promotion().update,
    ):
        assert await refusal(managing) == REFUSED


async def test_an_api_key_gives_no_access_to_other_accounts(sim: LiveSimulator) -> None:
    acme, other, master = await tenant(sim), await tenant(sim), client(sim.url)
    own = await new_key(acme)
    assert await refusal(by_key(sim, own, other.sid).messages.list) == REFUSED
    of_master = await call(master.api.v2010.account.new_keys.create)
    assert await call(by_key(sim, of_master, MASTER_SID).messages.list) == []
    # Twilio's page on subaccounts: "Main account API Keys are only available to access main
    # account resources."
    assert await refusal(by_key(sim, of_master, acme.sid).messages.list) == REFUSED


async def test_api_keys_of_a_suspended_account_are_refused(sim: LiveSimulator) -> None:
    acme, account = await tenant(sim), client(sim.url).api.v2010.accounts
    own = by_key(sim, await new_key(acme), acme.sid)
    await call(lambda: account(acme.sid).update(status="suspended"))
    assert await refusal(own.messages.list) == (403, 20005)
    await call(lambda: account(acme.sid).update(status="active"))
    assert await call(own.messages.list) == []
    await call(lambda: account(acme.sid).update(status="closed"))
    assert await refusal(own.messages.list) == REFUSED


async def test_a_second_token_can_be_revoked(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    secondary = acme.client.accounts.v1.secondary_auth_token()
    made = await call(secondary.create)
    assert made.account_sid == acme.sid
    by_second = client(sim.url, acme.sid, made.secondary_auth_token)
    assert await call(by_second.messages.list) == []
    assert await call(secondary.delete)
    assert await refusal(by_second.messages.list) == REFUSED
    assert await refusal(secondary.delete) == (404, 20404)
    assert await refusal(acme.client.accounts.v1.auth_token_promotion().update) == (404, 20404)
    assert await call(acme.client.messages.list) == []


async def test_a_newer_second_token_replaces_the_older_one(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    secondary = acme.client.accounts.v1.secondary_auth_token()
    first, second = [(await call(secondary.create)).secondary_auth_token for _ in range(2)]
    assert await refusal(client(sim.url, acme.sid, first).messages.list) == REFUSED
    assert await call(client(sim.url, acme.sid, second).messages.list) == []


async def test_a_promoted_token_becomes_the_auth_token_of_the_account(sim: LiveSimulator) -> None:
    acme, master = await tenant(sim), client(sim.url)
    made = await call(acme.client.accounts.v1.secondary_auth_token().create)
    await call(acme.client.accounts.v1.auth_token_promotion().update)
    shown = await call(master.api.v2010.accounts(acme.sid).fetch)
    assert shown.auth_token == made.secondary_auth_token
    own = client(sim.url, acme.sid, shown.auth_token)
    assert await refusal(own.accounts.v1.auth_token_promotion().update) == (404, 20404)


async def test_each_account_has_its_own_limit_of_concurrent_requests(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    await sim.post("/sim/behaviour", {"max_concurrent_requests": 1})
    for _ in range(3):  # a request that has ended no longer counts, even if it was refused
        assert await call(acme.client.messages.list) == []
        assert await refusal(acme.client.messages("SM" + "0" * 32).fetch) == (404, 20404)
        assert await call(other.client.messages.list) == []
