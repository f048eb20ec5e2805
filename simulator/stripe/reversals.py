"""Money that goes back: refunds and disputes."""

import asyncio

from simulator.stripe import objects
from simulator.stripe.cards import CARDS, GOOD
from simulator.stripe.errors import StripeError, no_such
from simulator.stripe.events import Events
from simulator.stripe.forms import Json
from simulator.stripe.state import Change, Stripe

REFUND_DECIDED_AFTER_S = 0.5
CLOSED = ("won", "lost", "warning_closed")


class Reversals:
    """Refunds charges, opens and closes disputes, with the events of each change.

    Args:
        stripe: the objects.
        events: what tells of the changes.
    """

    def __init__(self, stripe: Stripe, events: Events) -> None:
        self._stripe = stripe
        self._events = events

    def refund(self, change: Change, charge: Json, amount: int | None, request: Json) -> Json:
        """Give money back.

        Args:
            change: what the refund's writes and events are added to.
            charge: the charge.
            amount: cents; None is all that is left.
            request: `reason` and `metadata` of the refund.

        Raises:
            StripeError: 400 when the charge is not paid, or less than that is left.
        """
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left <= 0:
            raise StripeError(
                f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
            )
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise StripeError(
                f"Refund amount ({wanted}) is not between 1 and the unrefunded amount ({left}).",
                param="amount",
            )
        refund = objects.refund(charge, wanted, request.get("reason"), request.get("metadata", {}))
        if self._ending(refund) != "succeeded":
            refund["status"] = "pending"
            self._decide_later(refund)
        self._stripe.put(change, refund)
        self._events.add(change, "refund.created", refund)
        self._book(change, charge, wanted)
        return refund

    def resume(self) -> None:
        """Go on with refunds that were not decided when the simulator stopped."""
        for refund in self._stripe.all("re"):
            if refund["status"] == "pending":
                self._decide_later(refund)

    async def refund_payment(self, intent_id: str, amount: int | None) -> Json:
        """Refund a payment, as from the dashboard; raises what `refund` raises, and 404."""
        change = Change()
        refund = self.refund(change, self.charge_of(intent_id), amount, {})
        await self._events.commit(change)
        return refund

    async def dispute_payment(self, intent_id: str, amount: int | None, reason: str) -> Json:
        """Have the cardholder dispute a payment, all of it unless an amount in cents is given.

        Raises:
            StripeError: 404 without such a payment.
        """
        change = Change()
        charge = self.charge_of(intent_id)
        wanted = amount or charge["amount"]
        dispute = self.open_dispute(change, charge, wanted, "needs_response", reason)
        await self._events.commit(change)
        return dispute

    def open_dispute(
        self, change: Change, charge: Json, amount: int, status: str, reason: str = "fraudulent"
    ) -> Json:
        """Open a dispute; an inquiry (`warning_...`) withdraws no money."""
        dispute = objects.dispute(charge, amount, reason, status)
        charge["disputed"] = True
        self._stripe.put(change, charge)
        self._stripe.put(change, dispute)
        self._events.add(change, "charge.dispute.created", dispute)
        if not status.startswith("warning"):
            self._events.add(change, "charge.dispute.funds_withdrawn", dispute)
        return dispute

    async def close_dispute(self, dispute_id: str, verdict: str) -> Json:
        """Decide a dispute: `won` gives the money back, `lost` does not.

        Raises:
            StripeError: 404 without such a dispute, 400 when it is closed.
        """
        dispute = self._stripe.get("dp", dispute_id)
        if dispute["status"] in CLOSED:
            raise StripeError("This dispute is closed.")
        change = Change()
        is_inquiry = dispute["status"].startswith("warning")
        dispute["status"] = "warning_closed" if is_inquiry else verdict
        self._stripe.put(change, dispute)
        if dispute["status"] == "won":
            self._events.add(change, "charge.dispute.funds_reinstated", dispute)
        self._events.add(change, "charge.dispute.closed", dispute)
        await self._events.commit(change)
        return dispute

    def charge_of(self, intent_id: str) -> Json:
        """The charge of a payment.

        Raises:
            StripeError: 404 without such a payment or charge.
        """
        intent = self._stripe.get("pi", intent_id, "payment_intent")
        if intent["latest_charge"] is None:
            raise no_such("charge", intent_id, "payment_intent")
        return self._stripe.get("ch", intent["latest_charge"])

    def _book(self, change: Change, charge: Json, amount: int) -> None:
        """Count a refund on its charge; a negative amount takes a failed one back."""
        before = charge["amount_refunded"]
        charge["amount_refunded"] = before + amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self._stripe.put(change, charge)
        if amount > 0:
            self._events.add(change, "charge.refunded", charge, {"amount_refunded": before})

    def _ending(self, refund: Json) -> str:
        """How the charged card has refunds end: `succeeded`, `pending` (then so) or `failed`."""
        card_number = self._stripe.private_of(refund["charge"]).get("card", "")
        return CARDS.get(card_number, GOOD).refund

    def _decide_later(self, refund: Json) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(REFUND_DECIDED_AFTER_S, self._decide, refund["id"])

    def _decide(self, refund_id: str) -> None:
        refund = self._stripe.find(refund_id)
        if refund is None:
            return
        change = Change()
        has_failed = self._ending(refund) == "failed"
        refund["status"] = "failed" if has_failed else "succeeded"
        if has_failed:
            refund["failure_reason"] = "expired_or_canceled_card"
        self._stripe.put(change, refund)
        self._events.add(change, "refund.updated", refund, {"status": "pending"})
        if has_failed:
            self._book(change, self._stripe.get("ch", refund["charge"]), -refund["amount"])
            self._events.add(change, "refund.failed", refund)
        self._stripe.store.enqueue(change.writes)
        self._events.deliver(change.events)
