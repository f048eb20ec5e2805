"""Stripe's own SDK, connected to a simulator, and requests for a top-up to test with."""

from typing import Any

import stripe
from stripe import StripeClient

from simulator.tests.conftest import STRIPE_KEY, STRIPE_SECRET, LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import call


def sdk(sim: LiveSimulator, key: str = STRIPE_KEY) -> Any:
    """Return a client of Stripe's SDK with the simulator's base URL.

    Its type is `Any`, so that tests can pass bad input.
    """
    return StripeClient(
        key, base_addresses={"api": f"{sim.url}/api.stripe.com"}, max_network_retries=0
    )


def order(**changes: Any) -> dict[str, Any]:
    """Return the parameters of a Checkout Session for a top-up of 50 dollars."""
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 5000,
                    "product_data": {"name": "Messaging credit"},
                },
            }
        ],
        "success_url": "http://localhost/done?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost/cancelled",
        "client_reference_id": "topup-1",
        "metadata": {"topup_id": "1"},
        "payment_intent_data": {"metadata": {"topup_id": "1"}},
        **changes,
    }


async def opened(sim: LiveSimulator, **changes: Any) -> Any:
    """Open a Checkout Session and return it."""
    client = sdk(sim)
    return await call(lambda: client.v1.checkout.sessions.create(order(**changes)))


async def paid(sim: LiveSimulator, card: str = "4242424242424242") -> Any:
    """Return a paid Checkout Session, with its payment and charge."""
    session = await opened(sim)
    await sim.post(f"/sim/stripe/pay/{session.id}", {"card": card})
    return await call(
        lambda: sdk(sim).v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
    )


async def events(receiver: Receiver, count: int) -> list[Any]:
    """Wait for `count` events and return them, after the SDK has verified their signatures."""

    async def enough() -> bool:
        return len(receiver.at("/stripe")) >= count

    await eventually(enough)
    return [
        stripe.Webhook.construct_event(hook.body, hook.headers["Stripe-Signature"], STRIPE_SECRET)
        for hook in receiver.at("/stripe")
    ]
