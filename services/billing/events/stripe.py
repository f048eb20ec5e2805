"""Consume Stripe's events, and settle the payment that each event names."""

import json
from collections.abc import Sequence

import structlog

from servicekit.bus.consumer import Incoming
from services.billing.usecases.settle_payment import SettlePayment, StripeEvent
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

# Event type -> the field of its object that names the payment. docs/stripe-events.md describes each
# event. charge.refund.updated is the older name of refund.updated, and Stripe sends both.
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
# An event about one of these objects can move money, even if its type is not listed above.
_ALWAYS_MONEY = ("refund", "dispute")


class StripeEvents:
    """Consumes ``webhook.stripe``: applies Stripe's payments, refunds and disputes."""

    def __init__(self, settle_payment: SettlePayment) -> None:
        self._settle_payment = settle_payment

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Settle the payments of ``batch``, one after the other.

        Raises ``NotFound`` for a payment that Stripe does not know. The event's signature was
        verified, so our API key must belong to another Stripe account. The event becomes a dead
        letter for operators, because a customer's money may depend on it.
        """
        for incoming in batch:
            received = events_pb2.WebhookReceived.FromString(incoming.payload)
            event = StripeEvent(incoming.id, received.id, payment_of(received.body))
            await self._settle_payment.settle(event)


def payment_of(body: bytes) -> str | None:
    """Return the id of the payment that an event is about, None if it moves no money."""
    event = json.loads(body)
    subject = event.get("data", {}).get("object", {})
    field = PAYMENT_FIELD.get(event["type"])
    if field is None and subject.get("object") in _ALWAYS_MONEY:
        field = "payment_intent"
    if field is None:
        log.info("stripe_event_passed_over", type=event["type"])
        return None
    payment: str | None = subject.get(field)
    return payment
