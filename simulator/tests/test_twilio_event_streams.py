"""Event Streams: sinks, subscriptions, and the events of registrations that reach the sinks."""

import json
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from simulator.simulation import Simulation
from simulator.tests.conftest import LiveSimulator, Receiver, Webhook, eventually
from simulator.tests.twilio_client import call, more_numbers, refusal, tenant
from simulator.tests.twilio_in_process import account_of, assembled
from simulator.tests.twilio_registrant import DESCRIPTION, Registration
from simulator.twilio.a2p import event_streams
from simulator.twilio.a2p.event_streams import Emitter
from simulator.twilio.a2p.models import Sink, Subscription

COMPLIANCE = "com.twilio.messaging.compliance."
BRAND, CAMPAIGN = COMPLIANCE + "brand-registration.", COMPLIANCE + "campaign-registration."
NUMBER = COMPLIANCE + "number-registration."
BRAND_EVENTS = ("brand-registered", "brand-failure", "brand-verified", "brand-unverified")


@pytest.fixture
async def registration(sim: LiveSimulator) -> Registration:
    await sim.post("/sim/behaviour", {"review_delay_ms": [5, 10]})
    return Registration(await tenant(sim), sim)


def subscribe(registration: Registration, url: str, *types: str) -> tuple[str, str]:
    """Create a sink for a URL, and a subscription to some event types."""
    own = registration.client.events.v1
    sink = own.sinks.create("x", {"destination": url, "method": "POST"}, "webhook")
    asked = [{"type": name, "schema_version": 1} for name in types]
    return sink.sid, own.subscriptions.create("x", sink.sid, asked).sid


async def events_at(receiver: Receiver, path: str, count: int) -> list[dict[str, Any]]:
    """Wait for exactly `count` events, and return them in the order of their arrival."""

    async def arrived() -> list[Webhook]:
        hooks = receiver.at(path)
        return hooks if len(hooks) >= count else []

    hooks = await eventually(arrived)
    events = [event for hook in hooks for event in json.loads(hook.body)]
    assert len(events) == count
    return events


async def test_an_event_is_sent_as_a_cloud_event_in_a_list(
    registration: Registration, receiver: Receiver
) -> None:
    await call(lambda: subscribe(registration, receiver.url("/e"), BRAND + "brand-registered"))
    sid = await call(lambda: registration.brand("00-0000001"))
    [event] = await events_at(receiver, "/e", 1)
    assert (event["specversion"], event["type"]) == ("1.0", BRAND + "brand-registered")
    assert event["dataschema"] == "https://events-schemas.twilio.com/A2P.BrandRegistered/1"
    assert event["datacontenttype"] == "application/json"
    data = event["data"]
    assert (data["accountsid"], data["brandsid"]) == (registration.acme.sid, sid)
    assert data["brandstatus"] == "registered"
    assert isinstance(data["timestamp"], int)
    [hook] = receiver.at("/e")
    assert hook.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("ein", "names"),
    [
        ("12-3456789", ["brand-registered", "brand-verified"]),
        ("00-0030795", ["brand-registered", "brand-unverified"]),
        ("00-0030702", ["brand-registered", "brand-failure"]),
    ],
)
async def test_events_report_the_outcome_of_a_brand(
    registration: Registration, receiver: Receiver, ein: str, names: list[str]
) -> None:
    types = [BRAND + name for name in BRAND_EVENTS]
    await call(lambda: subscribe(registration, receiver.url("/e"), *types))
    await call(lambda: registration.brand(ein))
    events = await events_at(receiver, "/e", 2)
    assert sorted(e["type"] for e in events) == sorted(BRAND + name for name in names)
    assert len({event["id"] for event in events}) == 2
    errors = [error for e in events for error in e["data"].get("brandregistrationerrors", ())]
    codes = [error["registrationerrorcode"] for error in errors]
    assert codes == ([] if ein == "12-3456789" else [ein[-5:]])


async def test_events_of_a_campaign_contain_its_service_and_its_numbers(
    registration: Registration, receiver: Receiver
) -> None:
    acme = registration.acme
    second = (await more_numbers(acme, "213"))[0]
    await more_numbers_toll_free(registration)
    types = [CAMPAIGN + "campaign-submitted", CAMPAIGN + "campaign-approved"]
    types += [NUMBER + "pending", NUMBER + "successful"]
    await call(lambda: subscribe(registration, receiver.url("/e"), *types))
    brand = await call(registration.brand)
    await registration.brand_when(brand, "APPROVED")
    await call(lambda: registration.campaign(brand))
    events = await events_at(receiver, "/e", 6)
    assert {e["data"]["messagingservicesid"] for e in events} == {acme.service_sid}
    [campaign] = {e["data"]["campaignsid"] for e in events}
    assert campaign.startswith("CM")
    statuses = [e["data"].get("campaignregistrationstatus") for e in events]
    assert sorted(filter(None, statuses)) == ["approved", "pending"]
    registered = [e["data"] for e in events if e["type"] == NUMBER + "successful"]
    assert {d["phonenumber"] for d in registered} == {acme.number[1:], second[1:]}
    assert {d["externalstatus"] for d in registered} == {"registered"}


async def more_numbers_toll_free(registration: Registration) -> None:
    """Add a toll-free number to the sender pool. No A2P campaign registers such a number."""
    acme = registration.acme

    def add() -> None:
        bought = acme.client.incoming_phone_numbers.create(phone_number="+18885550114")
        acme.client.messaging.v1.services(acme.service_sid).phone_numbers.create(bought.sid)

    await call(add)


async def test_the_event_of_a_rejected_campaign_has_its_code(
    registration: Registration, receiver: Receiver
) -> None:
    await call(lambda: subscribe(registration, receiver.url("/e"), CAMPAIGN + "campaign-failure"))
    brand = await call(registration.brand)
    await registration.brand_when(brand, "APPROVED")
    await call(lambda: registration.campaign(brand, f"{DESCRIPTION} [30886]"))
    [event] = await events_at(receiver, "/e", 1)
    data = event["data"]
    assert (data["campaignregistrationstatus"], data["errorcode"]) == ("failure", 30886)
    assert data["a2pusecase"] == "MARKETING"


async def test_events_reach_only_the_subscribed_sinks_of_their_account(
    registration: Registration, receiver: Receiver
) -> None:
    other = Registration(await tenant(registration.sim), registration.sim)
    kind = BRAND + "brand-registered"

    def subscribe_all() -> None:
        subscribe(registration, receiver.url("/one?a=1"), kind)
        subscribe(registration, receiver.url("/two"), kind)
        subscribe(registration, receiver.url("/else"), CAMPAIGN + "campaign-failure")
        subscribe(other, receiver.url("/other"), kind)
        sink, _ = subscribe(registration, receiver.url("/gone"), kind)
        registration.client.events.v1.sinks(sink).delete()
        _, ended = subscribe(registration, receiver.url("/ended"), kind)
        registration.client.events.v1.subscriptions(ended).delete()

    await call(subscribe_all)
    await call(lambda: registration.brand("00-0000001"))
    await events_at(receiver, "/one", 1)
    await events_at(receiver, "/two", 1)
    await registration.sim.quiet()
    assert {hook.path for hook in receiver.seen} == {"/one", "/two"}
    [hook] = receiver.at("/one")
    assert hook.url.startswith(receiver.url("/one?a=1&bodySHA256="))
    signature, body = hook.headers["X-Twilio-Signature"], hook.body.decode()
    assert RequestValidator(registration.acme.token).validate(hook.url, body, signature)
    assert not RequestValidator(other.acme.token).validate(hook.url, body, signature)


async def test_an_event_type_can_be_added_to_a_subscription(registration: Registration) -> None:
    _, sid = await call(lambda: subscribe(registration, "https://example.com", BRAND + "a"))
    types = registration.client.events.v1.subscriptions(sid).subscribed_events
    assert [each.type for each in await call(types.list)] == [BRAND + "a"]
    added = await call(lambda: types.create(type=BRAND + "b", schema_version=2))
    assert (added.type, added.schema_version) == (BRAND + "b", 2)
    assert [each.type for each in await call(types.list)] == [BRAND + "a", BRAND + "b"]


async def test_a_sink_is_created_tested_validated_and_deleted(registration: Registration) -> None:
    sinks = registration.client.events.v1.sinks
    target = {"destination": "https://example.com", "method": "POST"}
    made = await call(lambda: sinks.create("x", target, "webhook"))
    assert (made.sid[:2], made.status, made.sink_configuration) == ("DG", "initialized", target)
    assert (await call(sinks(made.sid).fetch)).status == "active"
    assert (await call(sinks(made.sid).sink_test.create)).result == "submitted"
    validate = sinks(made.sid).sink_validate
    assert (await call(lambda: validate.create(test_id="1"))).result == "valid"
    assert await refusal(lambda: validate.create(test_id="")) == (400, 20001)
    assert [sink.sid for sink in await call(sinks.list)] == [made.sid]
    assert await call(sinks(made.sid).delete)
    assert await refusal(sinks(made.sid).fetch) == (404, 20404)


async def test_a_sink_or_subscription_with_a_missing_parameter_is_refused(
    registration: Registration,
) -> None:
    own = registration.client.events.v1
    target = {"destination": "https://example.com"}
    for asked in (("", target, "webhook"), ("x", {}, "webhook"), ("x", target, "pigeon")):
        assert await refusal(lambda: own.sinks.create(*asked)) == (400, 20001)  # noqa: B023
    sink = (await call(lambda: own.sinks.create("x", target, "webhook"))).sid
    kind = [{"type": BRAND + "brand-failure"}]
    for wrong in (("", sink, kind), ("x", "DG1", kind), ("x", sink, [])):
        assert await refusal(lambda: own.subscriptions.create(*wrong)) == (400, 20001)  # noqa: B023
    foreign = (await tenant(registration.sim)).client.events.v1
    assert await refusal(lambda: foreign.subscriptions.create("x", sink, kind)) == (400, 20001)
    assert await refusal(foreign.sinks(sink).fetch) == (404, 20404)


async def test_subscriptions_can_be_filtered_by_sink(registration: Registration) -> None:
    def make() -> tuple[tuple[str, str], tuple[str, str]]:
        first = subscribe(registration, "https://example.com/1", BRAND + "a")
        return first, subscribe(registration, "https://example.com/2", BRAND + "a")

    (sink, first), (_, second) = await call(make)
    listed = registration.client.events.v1.subscriptions
    assert [each.sid for each in await call(listed.list)] == [first, second]
    assert [each.sid for each in await call(lambda: listed.list(sink_sid=sink))] == [first]


def subscribed(simulation: Simulation, url: str) -> str:
    """Return an account that is subscribed to the event that a brand was registered."""
    account, a2p, kind = account_of(simulation), simulation.twilio.a2p, BRAND + "brand-registered"
    sink = Sink("DG1", account.sid, "x", "webhook", {"destination": url}, 0, 0)
    a2p.sinks.put([], sink.sid, sink)
    subscription = Subscription("DF1", account.sid, "x", sink.sid, {kind: 1}, 0, 0)
    a2p.subscriptions.put([], subscription.sid, subscription)
    return account.sid


async def test_an_event_that_is_not_accepted_is_sent_four_times_with_the_same_id(
    tmp_path: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_streams, "RETRY_S", 0.001)
    simulation = assembled(tmp_path)
    account_sid = subscribed(simulation, receiver.url("/e"))
    receiver.answers["/e"] = [(500, "", "text/plain")] * 9
    await simulation.outbound.start()
    emitter = Emitter(simulation.twilio, simulation.outbound)
    emitter.emit(account_sid, BRAND + "brand-registered", {"brandsid": "BN1"})

    async def is_given_up() -> bool:
        return not simulation.outbound.pending

    await eventually(is_given_up)
    events = await events_at(receiver, "/e", 4)
    assert len({event["id"] for event in events}) == 1
    await simulation.outbound.stop()
    simulation.store.close()
