"""Call Stripe. No database connection is held during a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import stripe
import structlog

from servicekit.errors import NotFound, Unavailable

log = structlog.get_logger()

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """An open Checkout Session and the page where the payer pays."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it is at Stripe now. ``topup_id``: our top-up, named in its metadata."""

    payment_intent_id: str
    succeeded: bool
    amount_cents: int
    currency: str
    topup_id: str | None
    receipt_url: str | None


@dataclass(frozen=True, slots=True)
class StripeReversal:
    """A refund or dispute as it is at Stripe now."""

    id: str
    amount_cents: int
    status: str


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A checkout to open for a top-up."""

    topup_id: UUID
    org_id: UUID
    amount_cents: int
    currency: str
    return_url: str


class StripeApi:
    """Client for the parts of Stripe's API that billing uses."""

    def __init__(self, key: str, base_url: str) -> None:
        self._http = stripe.AIOHTTPClient(timeout=10)
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses={"api": base_url},
            max_network_retries=2,
            http_client=self._http,
        )

    async def open_checkout(self, order: CheckoutRequest) -> CheckoutSession:
        """Open a Checkout Session for a top-up. Idempotent for the same top-up.

        Raises ``Unavailable`` if Stripe does not answer or refuses.
        """
        metadata = {"topup_id": str(order.topup_id), "org_id": str(order.org_id)}
        async with _translated():
            session = await self._client.v1.checkout.sessions.create_async(
                {
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
                    # Stripe does not copy a session's metadata to its payment, so the payment gets
                    # it too.
                    "payment_intent_data": {"metadata": metadata},
                },
                {"idempotency_key": f"topup-{order.topup_id}"},
            )
        if session.url is None:
            raise Unavailable(
                "Stripe opened a checkout without a payment page. Try again.",
                "provider_unavailable",
            )
        return CheckoutSession(session.id, session.url)

    async def payment(self, payment_intent_id: str) -> Payment:
        """Load a payment. Raises ``NotFound`` if Stripe does not know it, or ``Unavailable``."""
        async with _translated():
            intent = await self._intent(payment_intent_id)
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        return Payment(
            payment_intent_id=intent.id,
            succeeded=intent.status == "succeeded",
            amount_cents=intent.amount_received,
            currency=intent.currency,
            topup_id=intent.metadata.to_dict().get("topup_id"),
            receipt_url=charge.receipt_url if charge else None,
        )

    async def _intent(self, payment_intent_id: str) -> stripe.PaymentIntent:
        try:
            return await self._client.v1.payment_intents.retrieve_async(
                payment_intent_id, {"expand": ["latest_charge"]}
            )
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            raise NotFound("Stripe does not know this payment.", "payment_not_found") from error

    async def refunds(self, payment_intent_id: str) -> list[StripeReversal]:
        """Load all refunds of a payment. Raises ``Unavailable``."""
        async with _translated():
            found = await self._client.v1.refunds.list_async(
                {"payment_intent": payment_intent_id, "limit": 100}
            )
            return [
                StripeReversal(r.id, r.amount, r.status or "")
                async for r in found.auto_paging_iter()
            ]

    async def disputes(self, payment_intent_id: str) -> list[StripeReversal]:
        """Load all disputes of a payment. Raises ``Unavailable``."""
        async with _translated():
            found = await self._client.v1.disputes.list_async(
                {"payment_intent": payment_intent_id, "limit": 100}
            )
            return [
                StripeReversal(d.id, d.amount, d.status) async for d in found.auto_paging_iter()
            ]

    async def close(self) -> None:
        """Close the connections to Stripe."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        log.warning("stripe_failed", kind=type(error).__name__, code=error.code)
        raise Unavailable(
            "Stripe is not available. Try again in a moment.", "provider_unavailable"
        ) from error
