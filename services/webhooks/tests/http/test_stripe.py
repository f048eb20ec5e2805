"""Stripe's events: kept once each, as they came."""

import time

import orjson
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import stripe_call, stripe_event, stripe_signature
from services.webhooks.tests.listening import heard
from services.webhooks.tests.serving import Service


async def test_an_event_is_kept_byte_for_byte_and_told(service: Service, bus: Bus) -> None:
    event = stripe_event()
    call = stripe_call(orjson.dumps(event, option=orjson.OPT_INDENT_2))
    async with heard(bus, "webhook.stripe") as messages:
        answer = await service.post(call)
        message = await messages.next()
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    row = (await service.logged_as(str(event["id"])))[0]
    assert (row["source"], row["org_id"]) == ("stripe", None)
    assert bytes(row["payload"]) == message.event.body == call.body
    assert message.id == message.event.id == str(row["id"])
    assert not message.event.HasField("org_id")


async def test_an_event_that_is_signed_anew_at_each_try_is_kept_once(service: Service) -> None:
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
async def test_what_is_signed_but_no_event_of_this_mode_is_refused(
    service: Service, content: object, code: str
) -> None:
    kept = len(await service.logged())
    answer = await service.post(stripe_call(content))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert len(await service.logged()) == kept
