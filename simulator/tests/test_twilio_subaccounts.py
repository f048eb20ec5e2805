"""Subaccounts: opening, listing, suspending and closing them, and their usage."""

import re
from typing import Any

import pytest

from simulator.tests.conftest import MASTER_SID, LiveSimulator
from simulator.tests.twilio_client import call, client, refusal, tenant

PERSON = "+12125550123"


def accounts(sim: LiveSimulator) -> Any:
    return client(sim.url).api.v2010.accounts


async def test_a_new_account_is_shown_with_its_token_and_links_to_its_resources(
    sim: LiveSimulator,
) -> None:
    made = await call(lambda: accounts(sim).create(friendly_name="Acme"))
    assert re.fullmatch("AC[0-9a-f]{32}", made.sid)
    assert re.fullmatch("[0-9a-f]{32}", made.auth_token)
    assert (made.friendly_name, made.status, made.type) == ("Acme", "active", "Full")
    assert made.date_created == made.date_updated
    assert made.uri == f"/2010-04-01/Accounts/{made.sid}.json"
    assert made.subresource_uris["messages"] == f"/2010-04-01/Accounts/{made.sid}/Messages.json"


async def test_an_account_without_a_name_is_named_after_the_time_of_its_creation(
    sim: LiveSimulator,
) -> None:
    made = await call(accounts(sim).create)
    assert re.fullmatch(
        r"SubAccount Created at \d{4}-\d\d-\d\d \d\d:\d\d (AM|PM)", made.friendly_name
    )


async def test_accounts_can_be_filtered_by_name_and_status(sim: LiveSimulator) -> None:
    def open_three() -> list[str]:
        made = [accounts(sim).create(friendly_name=name).sid for name in ("A", "B", "B")]
        accounts(sim)(made[1]).update(status="suspended")
        return made

    a, suspended, b = await call(open_three)

    async def listed(**wanted: str) -> list[str]:
        return [account.sid for account in await call(lambda: accounts(sim).list(**wanted))]

    assert await listed() == [MASTER_SID, a, suspended, b]
    assert await listed(friendly_name="B") == [suspended, b]
    assert await listed(friendly_name="B", status="active") == [b]
    assert await listed(status="suspended") == [suspended]
    assert await listed(status="closed") == []
    paged = await call(lambda: accounts(sim).list(page_size=1))
    assert [account.sid for account in paged] == [MASTER_SID, a, suspended, b]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"friendly_name": "x" * 65}, 20002),
        ({"status": "sleeping"}, 21475),
        ({"status": "sleeping", "friendly_name": "New"}, 21475),
    ],
)
async def test_a_refused_change_of_an_account_changes_nothing(
    sim: LiveSimulator, change: dict[str, str], code: int
) -> None:
    acme = await tenant(sim)
    account = accounts(sim)(acme.sid)
    assert await refusal(lambda: account.update(**change)) == (400, code)
    kept = await call(account.fetch)
    assert (kept.friendly_name, kept.status) == ("Acme", "active")


async def test_the_name_of_an_account_has_at_most_64_characters(sim: LiveSimulator) -> None:
    assert (await call(lambda: accounts(sim).create(friendly_name="x" * 64))).status == "active"
    too_long = {"friendly_name": "x" * 65}
    assert await refusal(lambda: accounts(sim).create(**too_long)) == (400, 20002)


async def test_a_subaccount_cannot_open_accounts_and_sees_only_itself(sim: LiveSimulator) -> None:
    acme, _ = await tenant(sim), await tenant(sim)
    own = acme.client.api.v2010.accounts
    assert await refusal(lambda: own.create(friendly_name="Child")) == (403, 20403)
    assert [account.sid for account in await call(own.list)] == [acme.sid]
    assert await refusal(own(MASTER_SID).fetch) == (404, 20404)


async def test_the_master_account_can_be_renamed_but_neither_suspended_nor_closed(
    sim: LiveSimulator,
) -> None:
    master = accounts(sim)(MASTER_SID)
    for status in ("suspended", "closed"):
        assert await refusal(lambda: master.update(status=status)) == (400, 21477)  # noqa: B023
    assert (await call(lambda: master.update(friendly_name="Head"))).friendly_name == "Head"


async def test_a_parent_can_read_a_suspended_account_but_change_nothing_in_it(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    account = accounts(sim)(acme.sid)
    await call(lambda: account.update(status="suspended"))
    assert (await call(account.fetch)).status == "suspended"
    assert [n.sid for n in await call(account.incoming_phone_numbers.list)] == [acme.number_sid]
    text = {"to": PERSON, "from_": acme.number, "body": "hi"}
    assert await refusal(lambda: account.messages.create(**text)) == (403, 20005)
    buying = account.incoming_phone_numbers
    assert await refusal(lambda: buying.create(area_code="303")) == (403, 20005)


async def test_the_numbers_of_a_closed_account_are_released(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    account = accounts(sim)(acme.sid)
    await call(lambda: account.update(status="closed"))
    assert await call(account.incoming_phone_numbers.list) == []
    kept = await call(other.client.incoming_phone_numbers.list)
    assert [number.sid for number in kept] == [other.number_sid]
    body = {"from": PERSON, "to": acme.number, "body": "hi"}
    async with sim.http.post("/sim/inbound", json=body) as response:
        assert response.status == 404
    assert await refusal(lambda: account.update(status="suspended")) == (400, 21479)


async def test_a_parent_acts_for_its_subaccounts_on_the_api_host(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    messages = accounts(sim)(acme.sid).messages
    made = await call(lambda: messages.create(to=PERSON, from_=acme.number, body="hi"))
    assert made.account_sid == acme.sid
    assert await call(client(sim.url).messages.list) == []
    assert [m.sid for m in await call(acme.client.messages.list)] == [made.sid]


async def test_a_path_without_an_account_shows_a_parent_only_its_own_services(
    sim: LiveSimulator,
) -> None:
    acme, master = await tenant(sim), client(sim.url).messaging.v1
    assert await call(master.services.list) == []
    assert await refusal(master.services(acme.service_sid).fetch) == (404, 20404)


async def test_subaccounts_have_no_balance_of_their_own(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    balance = await call(accounts(sim)(acme.sid).balance.fetch)
    assert (balance.account_sid, balance.balance, balance.currency) == (acme.sid, "0.00", "USD")


async def test_usage_counts_the_texts_of_an_account_and_for_a_parent_also_its_subaccounts(
    sim: LiveSimulator,
) -> None:
    acme, other = await tenant(sim), await tenant(sim)

    def send() -> None:
        for who, times in ((acme, 3), (other, 1)):
            for _ in range(times):
                who.client.messages.create(to=PERSON, from_=who.number, body="hi")

    await call(send)
    await sim.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": "hi"})
    await sim.quiet()

    async def counted(sid: str, **wanted: Any) -> tuple[str, float, str]:
        records = accounts(sim)(sid).usage.records
        [record] = await call(lambda: records.list(category="sms-outbound", **wanted))
        return record.count, round(float(record.price), 5), record.count_unit

    assert await counted(acme.sid) == ("3", 0.0237, "messages")
    assert await counted(other.sid) == ("1", 0.0079, "messages")
    assert await counted(MASTER_SID) == ("4", 0.0316, "messages")
    assert await counted(MASTER_SID, include_subaccounts=False) == ("0", 0.0, "messages")
