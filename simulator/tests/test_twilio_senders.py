"""Messaging services: the number of the pool that texts a person, and changes of the pool.

Twilio texts a recipient always from the number of the first message ("sticky sender"), until this
number leaves the pool. It prefers numbers of the recipient's area code ("geomatch").
"""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import Tenant, call, client, more_numbers, refusal, tenant
from simulator.tests.twilio_in_process import account_of, ask, assembled
from simulator.twilio import services
from simulator.twilio.models import Number, Service

PEOPLE = [f"+1201554{number:04d}" for number in range(12)]


async def senders(sim: LiveSimulator, acme: Tenant, people: list[str]) -> dict[str, str]:
    """Return, for each person, the phone number from which the service texts them."""

    def send() -> list[str]:
        create, service = acme.client.messages.create, acme.service_sid
        return [create(to=p, messaging_service_sid=service, body="hi").sid for p in people]

    sids = await call(send)
    await sim.quiet()
    sent = {m.sid: m for m in await call(lambda: acme.client.messages.list(limit=200))}
    return {sent[sid].to: sent[sid].from_ for sid in sids}


def pool(acme: Tenant) -> Any:
    return acme.client.messaging.v1.services(acme.service_sid).phone_numbers


async def test_a_person_is_texted_from_one_number_while_the_pool_grows(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await more_numbers(acme, "213", "312")
    first = await senders(sim, acme, PEOPLE)
    assert len(set(first.values())) > 1
    await more_numbers(acme, "206", "512", "303")
    assert await senders(sim, acme, PEOPLE) == first


async def test_people_are_texted_from_another_number_when_theirs_leaves_the_pool(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await more_numbers(acme, "213", "312")
    first = await senders(sim, acme, PEOPLE)
    leaving = acme.number
    await call(lambda: pool(acme)(acme.number_sid).delete())
    later = await senders(sim, acme, PEOPLE)
    assert leaving in first.values()
    assert leaving not in later.values()
    await call(lambda: pool(acme).create(acme.number_sid))
    assert await senders(sim, acme, PEOPLE) == later


async def test_a_sender_number_in_the_persons_area_code_is_preferred(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await more_numbers(acme, "213", "312", "206")
    people = ["+13125540001", "+13125540002", "+13125540003", "+13125540004", "+12065540001"]
    picked = await senders(sim, acme, people)
    assert {person[:5]: sender[:5] for person, sender in picked.items()} == {
        "+1312": "+1312",
        "+1206": "+1206",
    }


async def test_without_area_code_geomatch_a_sender_of_any_area_code_is_chosen(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await more_numbers(acme, "213", "312", "206")
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(lambda: service.update(area_code_geomatch=False))
    picked = await senders(sim, acme, [f"+1312554{number:04d}" for number in range(12)])
    assert {sender[:5] for sender in picked.values()} != {"+1312"}


async def test_a_sender_that_is_given_with_a_service_must_be_in_its_pool(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    outside = await call(lambda: acme.client.incoming_phone_numbers.create(area_code="303"))

    def send(sender: str) -> Any:
        return acme.client.messages.create(
            to=PEOPLE[0], from_=sender, messaging_service_sid=acme.service_sid, body="hi"
        )

    made = await call(lambda: send(acme.number))
    assert (made.status, made.from_) == ("accepted", acme.number)
    assert await refusal(lambda: send(outside.phone_number)) == (400, 21703)


async def test_a_number_or_service_of_another_account_is_refused(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)

    def send(**sender: str) -> Any:
        return acme.client.messages.create(to=PEOPLE[0], body="hi", **sender)

    assert await refusal(lambda: send(from_=other.number)) == (400, 21606)
    assert await refusal(lambda: send(messaging_service_sid=other.service_sid)) == (400, 21705)
    assert await refusal(lambda: pool(acme).create(other.number_sid)) == (400, 30436)
    foreign = acme.client.messaging.v1.services(other.service_sid)
    assert await refusal(foreign.fetch) == (404, 20404)
    assert await refusal(foreign.delete) == (404, 20404)
    assert await call(lambda: len(acme.client.messaging.v1.services.list())) == 1


async def test_the_numbers_of_a_pool_are_listed_and_removed(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    shown = await call(pool(acme)(acme.number_sid).fetch)
    assert (shown.sid, shown.service_sid) == (acme.number_sid, acme.service_sid)
    assert (shown.country_code, sorted(shown.capabilities)) == ("US", ["MMS", "SMS", "Voice"])
    assert await call(pool(acme)(acme.number_sid).delete)
    assert await refusal(pool(acme)(acme.number_sid).fetch) == (404, 20404)
    assert await call(pool(acme).list) == []


def test_a_sender_pool_can_have_four_hundred_numbers(tmp_path: Path) -> None:
    simulation = assembled(tmp_path)
    account, twilio = account_of(simulation), simulation.twilio
    service = Service("MG1", account.sid, "Large", 0, 0, [f"PN{n}" for n in range(399)])
    twilio.services.put([], service.sid, service)
    for sid in ("PN399", "PN400"):
        number = Number(sid, account.sid, f"+1415555{sid[2:]:>04}", "", 0, 0)
        twilio.put_number([], number)
    add = partial(ask, simulation, services.add_number, account, "/v1/Services/MG1/PhoneNumbers")
    assert add("PhoneNumberSid=PN399", service_sid="MG1")["sid"] == "PN399"
    refused = add("PhoneNumberSid=PN400", service_sid="MG1")
    assert (refused["status"], refused["code"]) == (400, 21714)
    assert len(service.pool) == 400
    simulation.store.close()


async def test_after_a_messaging_service_is_deleted_its_numbers_stay_in_the_account(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    own = acme.client.messaging.v1.services
    await call(own(acme.service_sid).delete)
    assert await refusal(own(acme.service_sid).fetch) == (404, 20404)
    second = await call(lambda: own.create(friendly_name="Second"))
    await call(lambda: own(second.sid).phone_numbers.create(acme.number_sid))
    assert [n.sid for n in await call(acme.client.incoming_phone_numbers.list)] == [acme.number_sid]


async def test_a_new_service_has_twilios_defaults(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    made = await call(
        lambda: acme.client.messaging.v1.services.create(friendly_name="Plain")  # no other field
    )
    assert made.sid.startswith("MG")
    assert (made.inbound_request_url, made.status_callback, made.fallback_url) == (None,) * 3
    assert (made.inbound_method, made.fallback_method) == ("POST", "POST")
    assert (made.sticky_sender, made.smart_encoding, made.area_code_geomatch) == (True,) * 3
    assert (made.validity_period, made.use_inbound_webhook_on_number) == (36000, False)
    assert made.us_app_to_person_registered is False


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"friendly_name": ""}, 20001),
        ({"friendly_name": "x" * 65}, 20002),
        ({"friendly_name": "x", "inbound_request_url": "ftp://x.example"}, 21402),
        ({"friendly_name": "x", "status_callback": "no address"}, 21402),
        ({"friendly_name": "x", "validity_period": 0}, 21624),
        ({"friendly_name": "x", "validity_period": 36001}, 21624),
    ],
)
async def test_an_invalid_service_is_refused_and_not_created(
    sim: LiveSimulator, fields: dict[str, Any], code: int
) -> None:
    own = client(sim.url).messaging.v1.services
    assert await refusal(lambda: own.create(**fields)) == (400, code)
    assert await call(own.list) == []


async def test_a_refused_change_does_not_change_the_service(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    service = acme.client.messaging.v1.services(acme.service_sid)
    change = {"status_callback": "https://example.com/s", "validity_period": 0}
    assert await refusal(lambda: service.update(**change)) == (400, 21624)
    assert (await call(service.fetch)).status_callback is None


@settings(max_examples=10)
@given(st.text(min_size=1, max_size=64).filter(lambda name: name.isprintable()))
def test_a_service_can_have_any_name(live: LiveSimulator, name: str) -> None:
    own = client(live.url).messaging.v1.services
    assert own(own.create(friendly_name=name).sid).fetch().friendly_name == name
