"""Stripe's own SDK, pointed at a simulator, and a top-up to test with."""

from typing import Any

import stripe
from stripe import StripeClient

from simulator.tests.conftest import STRIPE_KEY, STRIPE_SECRET, LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import call


def sdk(sim: LiveSimulator, key: str = STRIPE_KEY) -> Any:
    """Return the SDK's client, with only its base address changed.

    It is untyped here, so that it accepts bad input.
    """
    return StripeClient(
        key, base_addresses={"api": f"{sim.url}/api.stripe.com"}, max_network_retries=0
    )


def order(**changes: Any) -> dict[str, Any]:
    """Return a top-up of 50 dollars."""
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
    """Return a new session."""
    client = sdk(sim)
    return await call(lambda: client.v1.checkout.sessions.create(order(**changes)))


async def paid(sim: LiveSimulator, card: str = "4242424242424242") -> Any:
    """Return a session that was paid, with its payment and charge."""
    session = await opened(sim)
    await sim.post(f"/sim/stripe/pay/{session.id}", {"card": card})
    return await call(
        lambda: sdk(sim).v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
    )


async def events(receiver: Receiver, count: int) -> list[Any]:
    """Return the events that arrived, as the SDK accepts them, once there are enough."""

    async def enough() -> bool:
        return len(receiver.at("/stripe")) >= count

    await eventually(enough)
    return [
        stripe.Webhook.construct_event(hook.body, hook.headers["Stripe-Signature"], STRIPE_SECRET)
        for hook in receiver.at("/stripe")
    ]
