"""Call Stripe. No database connection is held during a call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import stripe
import structlog

from servicekit.errors import NotFound, Unavailable
from servicekit.telemetry.tracing import Kind, span
from services.billing.domain.automatic_topups import CardRefusal, OpenTopUp, SavedCard
from services.billing.domain.received_payments import ReceivedPayment
from services.billing.providers.stripe_forms import (
    CheckoutRequest,
    metadata_of,
    received_of,
    session_of,
)

log = structlog.get_logger()

API_VERSION = "2026-10-28.endive"

# After a refusal a payment waits for another card, which an automatic top-up never gives it.
_FAILED = ("requires_payment_method", "requires_action", "canceled")


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """An open Checkout Session, and the URL of the page where the payer pays."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it is at Stripe now.

    ``topup_id``: our top-up, named in its metadata. ``card``: the card, if the payer wanted it to
    be saved. ``failed``: it can't succeed unless the payer pays again.
    """

    payment_intent_id: str
    succeeded: bool
    failed: bool
    amount_cents: int
    currency: str
    topup_id: str | None
    receipt_url: str | None
    card: SavedCard | None


@dataclass(frozen=True, slots=True)
class StripeReversal:
    """A refund or dispute as Stripe returned it."""

    id: str
    amount_cents: int
    status: str


class CardRefused(Exception):
    """A saved card was not charged. ``failure`` tells why."""

    def __init__(self, failure: CardRefusal) -> None:
        super().__init__(failure)
        self.failure = failure


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
        async with _translated():
            session = await self._open(order)
        if session.url is None:
            raise Unavailable(
                "Stripe opened a checkout without a payment page. Try again.",
                "provider_unavailable",
            )
        return CheckoutSession(session.id, session.url)

    async def _open(self, order: CheckoutRequest) -> stripe.checkout.Session:
        key = f"topup-{order.topup_id}"
        create = self._client.v1.checkout.sessions.create_async
        try:
            return await create(session_of(order), {"idempotency_key": key})
        except stripe.InvalidRequestError as error:
            if (error.code, error.param) != ("resource_missing", "customer"):
                raise
        # Somebody has deleted the customer at Stripe. The card is saved for a new one.
        anew = session_of(replace(order, customer_id=None))
        return await create(anew, {"idempotency_key": f"{key}-anew"})

    async def payment(self, payment_intent_id: str) -> Payment:
        """Load a payment. Raises ``NotFound`` if Stripe does not know it, or ``Unavailable``."""
        async with _translated():
            intent = await self._intent(payment_intent_id)
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        return Payment(
            payment_intent_id=intent.id,
            succeeded=intent.status == "succeeded",
            failed=intent.status in _FAILED,
            amount_cents=intent.amount_received,
            currency=intent.currency,
            topup_id=intent.metadata.to_dict().get("topup_id"),
            receipt_url=charge.receipt_url if charge else None,
            card=_saved_card(intent),
        )

    async def charge_saved_card(self, topup: OpenTopUp) -> str:
        """Charge a saved card without its owner, and return the id of the payment.

        Idempotent for the same top-up as long as Stripe keeps its key (24 hours at least). The
        payment may still be processing.

        Raises:
            CardRefused: Stripe refuses the card.
            Unavailable: Stripe does not answer, so the card may have been charged.
        """
        async with _translated():
            try:
                intent = await self._client.v1.payment_intents.create_async(
                    {
                        "amount": topup.amount_cents,
                        "currency": topup.currency,
                        "customer": topup.customer_id,
                        "payment_method": topup.payment_method_id,
                        "description": "Messaging credit",
                        "metadata": metadata_of(topup.id, topup.account.org_id),
                        "off_session": True,
                        "confirm": True,
                    },
                    {"idempotency_key": f"topup-{topup.id}"},
                )
            except stripe.CardError as error:
                raise CardRefused(_failure(error.code)) from error
            except stripe.InvalidRequestError as error:  # the card was deleted at Stripe
                log.warning("saved_card_refused", code=error.code, param=error.param)
                raise CardRefused("declined") from error
        return intent.id

    async def find_payment(self, customer_id: str, topup_id: UUID) -> str | None:
        """Return the id of the payment that was made for a top-up. Raises ``Unavailable``.

        None if Stripe knows no such payment of the customer.
        """
        async with _translated():
            found = await self._client.v1.payment_intents.list_async(
                {"customer": customer_id, "limit": 100}
            )
            async for intent in found.auto_paging_iter():
                if intent.metadata.to_dict().get("topup_id") == str(topup_id):
                    return intent.id
        return None

    async def received_since(self, time: datetime) -> Sequence[ReceivedPayment]:
        """List the payments for top-ups that succeeded, of those made since a time.

        Raises ``Unavailable``.
        """
        async with _translated():
            found = await self._client.v1.payment_intents.list_async(
                {"created": {"gte": int(time.timestamp())}, "limit": 100}
            )
            return [
                received_of(intent)
                async for intent in found.auto_paging_iter()
                if intent.status == "succeeded" and "topup_id" in intent.metadata.to_dict()
            ]

    async def delete_card(self, payment_method_id: str) -> None:
        """Delete a saved card. Does nothing if Stripe has no such card. Raises ``Unavailable``."""
        async with _translated():
            try:
                await self._client.v1.payment_methods.detach_async(payment_method_id)
            except stripe.InvalidRequestError as error:
                log.info("saved_card_gone", code=error.code)

    async def _intent(self, payment_intent_id: str) -> stripe.PaymentIntent:
        try:
            return await self._client.v1.payment_intents.retrieve_async(
                payment_intent_id, {"expand": ["latest_charge", "payment_method"]}
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


def _saved_card(intent: stripe.PaymentIntent) -> SavedCard | None:
    method, customer = intent.payment_method, intent.customer
    if intent.setup_future_usage != "off_session" or not isinstance(method, stripe.PaymentMethod):
        return None
    if method.card is None or not isinstance(customer, str):
        return None
    return SavedCard(
        customer,
        method.id,
        method.card.brand,
        method.card.last4,
        method.card.exp_month,
        method.card.exp_year,
    )


def _failure(code: str | None) -> CardRefusal:
    return "authentication_required" if code == "authentication_required" else "declined"


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        with span("stripe", Kind.CLIENT, expected=(CardRefused,)):
            yield
    except stripe.StripeError as error:
        log.warning("stripe_failed", kind=type(error).__name__, code=error.code)
        raise Unavailable(
            "Stripe is not available. Try again in a moment.", "provider_unavailable"
        ) from error
