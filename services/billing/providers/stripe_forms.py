"""What billing tells Stripe about a top-up, and reads from Stripe's lists."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import stripe
from stripe.params.checkout import SessionCreateParams

from services.billing.domain.received_payments import ReceivedPayment


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A checkout to open for a top-up.

    With ``save_card`` Stripe keeps the card: for the customer ``customer_id``, or for a new one.
    """

    topup_id: UUID
    org_id: UUID
    amount_cents: int
    currency: str
    return_url: str
    save_card: bool = False
    customer_id: str | None = None


def received_of(intent: stripe.PaymentIntent) -> ReceivedPayment:
    """Read a payment for a top-up from Stripe's list."""
    metadata = intent.metadata.to_dict()
    return ReceivedPayment(
        intent.id,
        metadata["topup_id"],
        metadata.get("org_id"),
        intent.amount_received,
        intent.currency,
        datetime.fromtimestamp(intent.created, UTC),
    )


def metadata_of(topup_id: UUID, org_id: UUID) -> dict[str, str]:
    """Return what we tell Stripe about a top-up."""
    return {"topup_id": str(topup_id), "org_id": str(org_id)}


def session_of(order: CheckoutRequest) -> SessionCreateParams:
    """Return the form that opens a checkout."""
    metadata = metadata_of(order.topup_id, order.org_id)
    session: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency,
                    "unit_amount": order.amount_cents,
                    "product_data": {"name": "Messaging credit"},
                },
            }
        ],
        "success_url": f"{order.return_url}/billing?paid={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{order.return_url}/billing",
        "client_reference_id": str(order.topup_id),
        "metadata": metadata,
        # Stripe does not copy a session's metadata to its payment, so the payment gets it too.
        "payment_intent_data": {"metadata": metadata},
    }
    if order.save_card:
        session["payment_intent_data"]["setup_future_usage"] = "off_session"
        if order.customer_id:
            session["customer"] = order.customer_id
        else:
            session["customer_creation"] = "always"
    return session
