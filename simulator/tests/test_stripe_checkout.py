"""Pay Checkout Sessions and receive events, through Stripe's SDK."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
import stripe
from stripe import StripeClient

from simulator.tests.conftest import STRIPE_KEY, LiveSimulator, Receiver, eventually
from simulator.tests.stripe_client import events, opened, order, paid, sdk
from simulator.tests.twilio_client import call

PAID = ["charge.succeeded", "checkout.session.completed", "payment_intent.succeeded"]


async def test_a_paid_session_has_a_paid_charge_and_sends_three_signed_events(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await opened(sim)
    assert (session.status, session.payment_status, session.payment_intent) == (
        "open",
        "unpaid",
        None,
    )
    assert (session.amount_total, session.currency) == (5000, "usd")
    await sim.post(f"/sim/stripe/pay/{session.id}")
    after = await call(
        lambda: sdk(sim).v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
    )
    assert (after.status, after.payment_status) == ("complete", "paid")
    assert after.payment_intent.status == "succeeded"
    assert after.payment_intent.metadata["topup_id"] == "1"
    assert after.payment_intent.latest_charge.receipt_url.startswith("http://")
    arrived = await events(receiver, 3)
    assert sorted(event.type for event in arrived) == PAID
    completed = next(e for e in arrived if e.type == "checkout.session.completed")
    assert completed.data.object["payment_status"] == "paid"
    listed = await call(lambda: sdk(sim).v1.events.list({"limit": 10}))
    assert {event.id for event in listed.data} == {event.id for event in arrived}


async def test_a_payer_pays_on_the_page_and_returns_to_the_shop(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await opened(sim)
    async with sim.http.get(session.url) as page:
        text = await page.text()
    assert "$50.00" in text
    assert "Messaging credit" in text
    form = {"card": "4242 4242 4242 4242", "action": "pay"}
    async with sim.http.post(session.url, data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == f"http://localhost/done?session_id={session.id}"
    payments = (await sim.get("/sim/record/payments"))["payments"]
    assert [(p["checkout_session"], p["amount_received"]) for p in payments] == [(session.id, 5000)]
    async with sim.http.get(session.url) as page:
        assert "complete" in await page.text()


async def test_a_payer_whose_card_is_declined_can_cancel(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await opened(sim)
    async with sim.http.post(session.url, data={"action": "decline"}) as answer:
        assert "declined" in await answer.text()
    async with sim.http.post(
        session.url, data={"action": "cancel"}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "http://localhost/cancelled"
    after = await call(lambda: sdk(sim).v1.checkout.sessions.retrieve(session.id))
    assert (after.status, after.payment_status) == ("open", "unpaid")
    types = [event.type for event in await events(receiver, 2)]
    assert sorted(types) == ["charge.failed", "payment_intent.payment_failed"]


async def test_a_delayed_payment_is_unpaid_until_it_is_settled(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await opened(sim)
    await sim.post(f"/sim/stripe/pay/{session.id}", {"async": True})
    before = await events(receiver, 2)
    completed = next(e for e in before if e.type == "checkout.session.completed")
    assert completed.data.object["payment_status"] == "unpaid"
    await sim.post(f"/sim/stripe/settle/{session.id}")
    types = [event.type for event in await events(receiver, 5)]
    assert "checkout.session.async_payment_succeeded" in types


async def test_a_repeated_idempotency_key_returns_the_first_response_or_refuses_another_request(
    sim: LiveSimulator,
) -> None:
    client = sdk(sim)
    options: Any = {"idempotency_key": "topup-1"}
    first = await call(lambda: client.v1.checkout.sessions.create(order(), options))
    again = await call(lambda: client.v1.checkout.sessions.create(order(), options))
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len((await call(client.v1.checkout.sessions.list)).data) == 1
    with pytest.raises(stripe.IdempotencyError):
        await call(
            lambda: client.v1.checkout.sessions.create(order(client_reference_id="2"), options)
        )


async def test_a_second_request_with_the_same_key_is_refused_while_the_first_is_running(
    sim: LiveSimulator,
) -> None:
    await sim.post("/sim/faults", {"provider": "stripe", "latency_ms": 300, "count": 1})

    async def create() -> int:
        try:
            await call(lambda: sdk(sim).v1.checkout.sessions.create(order(), options))
        except stripe.StripeError as error:
            return int(error.http_status or 0)
        return 200

    options: Any = {"idempotency_key": "busy"}
    assert sorted(await asyncio.gather(create(), create())) == [200, 409]


def _line(**price: Any) -> list[dict[str, Any]]:
    data = {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "x"}, **price}
    return [{"quantity": 1, "price_data": data}]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"line_items": _line(unit_amount=10)}, "amount_too_small", None),
        ({"line_items": _line(unit_amount=100_000_000)}, "amount_too_large", None),
        ({"line_items": _line(currency="xxx")}, None, "line_items[0][price_data][currency]"),
        (
            {"line_items": _line(unit_amount="12.5")},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"success_url": ""}, "parameter_missing", "success_url"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"ui_mode": "strange"}, None, "ui_mode"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"payment_intent_data": "x"}, None, "payment_intent_data"),
        ({"cancel_url": {"a": "b"}}, None, "cancel_url"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata[" + "k" * 41 + "]"),
    ],
)
async def test_an_invalid_checkout_session_is_refused_with_stripes_error_text(
    sim: LiveSimulator, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await opened(sim, **changes)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        code,
        param,
    )
    assert not (await call(sdk(sim).v1.checkout.sessions.list)).data


@pytest.mark.parametrize("mode", ["hosted", "hosted_page"])
async def test_the_old_and_the_new_name_of_each_ui_mode_of_a_checkout_mean_the_same(
    sim: LiveSimulator, mode: str
) -> None:
    assert (await opened(sim, ui_mode=mode)).ui_mode == "hosted_page"


async def test_a_wrong_secret_key_is_refused(sim: LiveSimulator) -> None:
    with pytest.raises(stripe.AuthenticationError):
        await call(lambda: sdk(sim, "sk_test_wrong").v1.events.list())


async def test_an_expired_session_cannot_be_paid(sim: LiveSimulator, receiver: Receiver) -> None:
    session = await opened(sim)
    expired = await call(lambda: sdk(sim).v1.checkout.sessions.expire(session.id))
    assert expired.status == "expired"
    async with sim.http.post(f"/sim/stripe/pay/{session.id}", json={}) as answer:
        assert answer.status == 400
    with pytest.raises(stripe.InvalidRequestError):
        await call(lambda: sdk(sim).v1.checkout.sessions.expire(session.id))
    assert [e.type for e in await events(receiver, 1)] == ["checkout.session.expired"]


async def test_an_event_is_sent_again_until_it_is_accepted(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    receiver.answers["/stripe"] = [(500, "", "text/plain")] * 5
    session = await opened(sim)
    await call(lambda: sdk(sim).v1.checkout.sessions.expire(session.id))
    arrived = await events(receiver, 6)
    assert len({event.id for event in arrived}) == 1

    async def is_taken() -> bool:
        event = await call(lambda: sdk(sim).v1.events.retrieve(arrived[0].id))
        return int(event.pending_webhooks) == 0

    await eventually(is_taken)
    await sim.post(f"/sim/stripe/resend/{arrived[0].id}")
    assert len(await events(receiver, 7)) == 7


async def test_lists_are_paged_and_filtered(sim: LiveSimulator) -> None:
    client = sdk(sim)
    made = [(await opened(sim)).id for _ in range(5)]
    page = await call(lambda: client.v1.checkout.sessions.list({"limit": 2}))
    assert page.has_more
    listed = await call(lambda: [session.id for session in page.auto_paging_iter()])
    assert listed == made[::-1]
    later: Any = {"created": {"gt": int(time.time()) + 100}}
    assert not (await call(lambda: client.v1.checkout.sessions.list(later))).data
    only: Any = {"types": ["charge.refunded"]}
    assert not (await call(lambda: client.v1.events.list(only))).data


async def test_stripes_asynchronous_client_can_open_a_session(sim: LiveSimulator) -> None:
    http: Any = stripe.AIOHTTPClient()
    addresses: Any = {"api": f"{sim.url}/api.stripe.com"}
    client = StripeClient(STRIPE_KEY, base_addresses=addresses, http_client=http)
    params: Any = order()
    session = await client.v1.checkout.sessions.create_async(params)
    assert session.url == f"{sim.url}/checkout/{session.id}"
    await http.close_async()


async def test_the_receipt_shows_what_was_paid(sim: LiveSimulator) -> None:
    session = await paid(sim)
    async with aiohttp.request("GET", session.payment_intent.latest_charge.receipt_url) as page:
        assert "$50.00" in await page.text()
