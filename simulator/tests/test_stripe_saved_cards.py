"""Cards that a checkout saves, and payments with them, through Stripe's SDK."""

from typing import Any

import pytest
import stripe

from simulator.tests.conftest import LiveSimulator, Receiver
from simulator.tests.stripe_client import events, order, sdk
from simulator.tests.twilio_client import call

GOOD, DECLINED_LATER, NEEDS_PAYER = "4242424242424242", "4000000000000341", "4000002760003184"


async def saved(sim: LiveSimulator, card: str = GOOD) -> Any:
    """Pay a checkout that saves the card, and return its payment."""
    details = {"metadata": {"topup_id": "1"}, "setup_future_usage": "off_session"}
    wanted = order(payment_intent_data=details, customer_creation="always")
    session = await call(lambda: sdk(sim).v1.checkout.sessions.create(wanted))
    await sim.post(f"/sim/stripe/pay/{session.id}", {"card": card})
    expand = {"expand": ["payment_intent.payment_method"]}
    paid = await call(lambda: sdk(sim).v1.checkout.sessions.retrieve(session.id, expand))
    return paid.payment_intent


async def charged(sim: LiveSimulator, payment: Any, key: str = "recharge-1", **changes: Any) -> Any:
    """Charge the saved card of a payment again."""
    wanted = {
        "amount": 2000,
        "currency": "usd",
        "customer": payment.customer,
        "payment_method": payment.payment_method.id,
        "off_session": True,
        "confirm": True,
        "metadata": {"topup_id": "2"},
        **changes,
    }
    options = {"idempotency_key": key}
    return await call(lambda: sdk(sim).v1.payment_intents.create(wanted, options))


async def test_a_checkout_saves_the_card_and_it_can_be_charged_without_its_owner(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    payment = await saved(sim)
    method = payment.payment_method
    assert (method.customer, method.card.last4) == (payment.customer, "4242")
    again = await charged(sim, payment)
    assert (again.status, again.amount_received) == ("succeeded", 2000)
    types = [event.type for event in await events(receiver, 5)]
    assert types.count("payment_intent.succeeded") == 2


async def test_a_checkout_saves_no_card_unless_the_request_asks_for_it(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await call(lambda: sdk(sim).v1.checkout.sessions.create(order()))
    await sim.post(f"/sim/stripe/pay/{session.id}")
    after = await call(lambda: sdk(sim).v1.checkout.sessions.retrieve(session.id))
    assert after.customer is None


async def test_the_same_idempotency_key_charges_a_saved_card_once(sim: LiveSimulator) -> None:
    payment = await saved(sim)
    first, second = await charged(sim, payment), await charged(sim, payment)
    assert first.id == second.id
    with pytest.raises(stripe.IdempotencyError):
        await charged(sim, payment, amount=2001)


@pytest.mark.parametrize(
    ("card", "code"),
    [(DECLINED_LATER, "card_declined"), (NEEDS_PAYER, "authentication_required")],
)
async def test_the_error_of_a_declined_charge_contains_the_payment_also_when_it_is_repeated(
    sim: LiveSimulator, card: str, code: str
) -> None:
    payment = await saved(sim, card)
    declined = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await charged(sim, payment)
        assert caught.value.code == code
        error: Any = caught.value.error
        declined.append(error.payment_intent.id)
    assert declined[0] == declined[1]
    after = await call(lambda: sdk(sim).v1.payment_intents.retrieve(declined[0]))
    assert after.status == "requires_payment_method"


async def test_a_deleted_card_cannot_be_charged(sim: LiveSimulator) -> None:
    payment = await saved(sim)
    await call(lambda: sdk(sim).v1.payment_methods.detach(payment.payment_method.id))
    with pytest.raises(stripe.InvalidRequestError):
        await charged(sim, payment)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"off_session": False}, "off_session"),
        ({"customer": "cus_nobody"}, "customer"),
        ({"payment_method": ""}, "payment_method"),
        ({"currency": "xyz"}, "currency"),
    ],
)
async def test_the_error_for_an_invalid_charge_of_a_saved_card_names_the_parameter(
    sim: LiveSimulator, changes: dict[str, Any], param: str
) -> None:
    payment = await saved(sim)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await charged(sim, payment, **changes)
    assert caught.value.param == param
