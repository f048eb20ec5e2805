"""Stripe events are logged once, unchanged. Forged events are refused."""

import asyncio
import time

import nats.errors
import orjson
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import STRIPE, stripe_call, stripe_event, stripe_signature
from services.webhooks.tests.serving import Service, ServiceProcess
from services.webhooks.tests.subscriptions import SILENCE_SECONDS, subscribed


@pytest.fixture(scope="module")
def service(service_process: ServiceProcess) -> ServiceProcess:
    return service_process


async def test_an_event_is_logged_byte_for_byte_and_published(service: Service, bus: Bus) -> None:
    event = stripe_event()
    call = stripe_call(orjson.dumps(event, option=orjson.OPT_INDENT_2))
    async with subscribed(bus, "webhook.stripe") as messages:
        answer = await service.post(call)
        message = await messages.next()
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    row = (await service.logged_as(str(event["id"])))[0]
    assert (row["source"], row["org_id"]) == ("stripe", None)
    assert bytes(row["payload"]) == message.event.body == call.body
    assert message.id == message.event.id == str(row["id"])
    assert not message.event.HasField("org_id")


async def test_a_stripe_event_that_is_signed_anew_for_each_attempt_is_logged_once(
    service: Service,
) -> None:
    event = stripe_event()
    body = orjson.dumps(event)
    for ago in (200, 100, 0):
        at = time.time() - ago
        header = f"t={int(at)},v1={stripe_signature(body, at)}"
        assert (await service.post(stripe_call(body, header))).status_code == 200
    assert len(await service.logged_as(str(event["id"]))) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[]", "malformed_webhook"),
        (b"null", "malformed_webhook"),
        (b"{", "malformed_webhook"),
        (b"{}", "malformed_webhook"),
        (stripe_event(id=None), "malformed_webhook"),
        (stripe_event(id="evt_é"), "malformed_webhook"),
        (stripe_event(livemode=True), "livemode_mismatch"),
        (stripe_event(livemode=None), "livemode_mismatch"),
        (stripe_event(livemode=0), "livemode_mismatch"),
    ],
)
async def test_a_live_event_is_refused_in_test_mode_and_a_test_event_in_live_mode(
    service: Service, content: object, code: str
) -> None:
    kept = len(await service.logged())
    answer = await service.post(stripe_call(content))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(await service.logged()) == kept


async def test_a_thousand_simultaneous_copies_are_logged_once(service: Service, bus: Bus) -> None:
    event = stripe_event()
    call = stripe_call(event)
    async with subscribed(bus, "webhook.stripe") as messages:
        await messages.silence()  # messages of earlier tests
        answers = await asyncio.gather(*(service.post(call) for _ in range(1000)))
        await messages.next()
        with pytest.raises(nats.errors.TimeoutError):
            await messages.next(SILENCE_SECONDS)
    assert {answer.status_code for answer in answers} == {200}
    assert len(await service.logged_as(str(event["id"]))) == 1


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(
    "kind", ["none", "v0", "bad t", "past", "future", "non-ascii", "many", "key"]
)
async def test_a_wrong_stripe_signature_is_refused(service: Service, kind: str) -> None:
    body = orjson.dumps(stripe_event())
    now = time.time()
    good = stripe_signature(body, now)
    headers = {
        "none": "",
        "v0": f"t={int(now)},v0={good}",
        "bad t": f"t=now,v1={good}",
        "past": f"t={int(now - 302)},v1={stripe_signature(body, now - 302)}",
        "future": f"t={int(now + 86_400)},v1={stripe_signature(body, now + 86_400)}",
        "non-ascii": f"t={int(now)},v1=\xe9{good}",
        "many": f"t={int(now)}" + ",v1=0" * 1000 + f",v1={good}",
        "key": f"t={int(now)},v1={stripe_signature(body, now, 'whsec_of_another_endpoint')}",
    }
    answer = await service.client.post(
        STRIPE,
        content=body,
        headers={
            b"Content-Type": b"application/json",
            b"Stripe-Signature": headers[kind].encode("latin-1"),
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


@pytest.mark.parametrize("off", [-280, 280])
async def test_a_signature_is_accepted_while_the_clocks_differ_by_less_than_five_minutes(
    service: Service, off: int
) -> None:
    body = orjson.dumps(stripe_event())
    at = time.time() + off
    taken = stripe_call(body, f"t={int(at)},v1={stripe_signature(body, at)}")
    assert (await service.post(taken)).status_code == 200


@pytest.mark.parametrize("off", [-600, 600])
async def test_the_log_reports_that_our_clock_is_ten_minutes_wrong(
    service: ServiceProcess, off: int
) -> None:
    """While our clock is wrong, every event is refused. Stripe repeats them until it is right."""
    assert (await service.post(stripe_call(stripe_event()))).status_code == 200
    event = stripe_event()
    body = orjson.dumps(event)
    at = time.time() + off
    refused = stripe_call(body, f"t={int(at)},v1={stripe_signature(body, at)}")
    assert (await service.post(refused)).status_code == 401
    lines = [orjson.loads(line) for line in service.log_file.read_text().splitlines()]
    told = [line["seconds"] for line in lines if line["event"] == "clocks_differ"]
    assert told[-1] == pytest.approx(off, abs=60)
    assert (await service.post(stripe_call(body))).status_code == 200
    assert len(await service.logged_as(str(event["id"]))) == 1
