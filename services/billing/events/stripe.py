"""Stripe's events: each names a payment whose state is then looked up and settled."""

import json
from collections.abc import Sequence

import structlog

from servicekit.bus import inbox, subjects
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import announce
from servicekit.bus.streams import BILLING_STRIPE
from servicekit.db.database import Database
from services.billing.providers.stripe_api import StripeApi
from services.billing.usecases.settle_payment import look_up, settle_payment
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

# Event type -> the field of its object that names the payment. docs/stripe-events.md says what
# each does. charge.refund.updated is the older name of refund.updated, and Stripe sends both.
PAYMENT_FIELD = {
    "checkout.session.completed": "payment_intent",
    "checkout.session.async_payment_succeeded": "payment_intent",
    "payment_intent.succeeded": "id",
    "charge.succeeded": "payment_intent",
    "charge.refunded": "payment_intent",
    "charge.refund.updated": "payment_intent",
    "refund.created": "payment_intent",
    "refund.updated": "payment_intent",
    "refund.failed": "payment_intent",
    "charge.dispute.created": "payment_intent",
    "charge.dispute.updated": "payment_intent",
    "charge.dispute.funds_withdrawn": "payment_intent",
    "charge.dispute.funds_reinstated": "payment_intent",
    "charge.dispute.closed": "payment_intent",
}
# Whatever an event about one of these is called, today or tomorrow, it may concern money.
_ALWAYS_MONEY = ("refund", "dispute")


class StripeEvents:
    """Consumes ``webhook.stripe``."""

    def __init__(self, database: Database, stripe_api: StripeApi) -> None:
        self._database = database
        self._stripe = stripe_api

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Settle the payments of ``batch``, one after the other: each asks Stripe.

        Raises ``NotFound`` for a payment that Stripe does not know: its events are signed, so they
        are of an account to which our API key is no key, and somebody's money may hang on them.
        """
        for incoming in batch:
            await self._handle(incoming)

    async def _handle(self, incoming: Incoming) -> None:
        received = events_pb2.WebhookReceived.FromString(incoming.payload)
        payment_intent_id = payment_of(received.body)
        state = None
        if payment_intent_id:
            state = await look_up(self._database, self._stripe, payment_intent_id)
        outcome = events_pb2.WebhookOutcome(id=received.id, success=True)
        async with self._database.system() as connection:
            if state and await inbox.claim(connection, BILLING_STRIPE.name, [incoming.id]):
                await settle_payment(connection, state)
            await announce(
                connection,
                (
                    subjects.webhook_handled("billing"),
                    events_pb2.WebhooksHandled(outcomes=[outcome]),
                ),
            )


def payment_of(body: bytes) -> str | None:
    """The id of the payment that an event is about; None for an event that moves no money."""
    event = json.loads(body)
    already_alerted = event.get("data", {}).get("object", {})
    field = PAYMENT_FIELD.get(event["type"])
    if field is None and already_alerted.get("object") in _ALWAYS_MONEY:
        field = "payment_intent"
    if field is None:
        log.info("stripe_event_passed_over", type=event["type"])
        return None
    payment: str | None = already_alerted.get(field)
    return payment
