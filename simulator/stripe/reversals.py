"""Refund payments, and open and close disputes."""

import asyncio

from simulator.stripe import objects
from simulator.stripe.cards import CARDS, GOOD, Card
from simulator.stripe.errors import StripeError, no_such
from simulator.stripe.events import Events
from simulator.stripe.forms import Json
from simulator.stripe.state import Change, Stripe, new_id

REFUND_DECIDED_AFTER_S = 0.5
CLOSED = ("won", "lost", "warning_closed")
OVER = ("failed", "canceled")


class Reversals:
    """Refunds charges, opens and closes disputes, and makes the events of each change.

    Args:
        stripe: Stores the objects.
        events: Sends an event for each change.
    """

    def __init__(self, stripe: Stripe, events: Events) -> None:
        self._stripe = stripe
        self._events = events

    def refund(self, change: Change, charge: Json, amount: int | None, request: Json) -> Json:
        """Refund a charge, all of it or a part.

        Args:
            change: The refund's writes and events are added to it.
            charge: The charge.
            amount: Cents. None is the whole amount that is not refunded yet.
            request: `reason` and `metadata` of the refund.

        Raises:
            StripeError: 400 if the charge is not paid, or less than `amount` can be refunded.
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
        if self._card(refund).refund == "pending":
            refund["status"] = "pending"
        self._end_later(refund)
        self._stripe.put(change, refund)
        self._events.add(change, "refund.created", refund)
        self._book(change, charge, wanted)
        return refund

    def resume(self) -> None:
        """Continue the refunds that were not final when the simulator stopped."""
        for refund in self._stripe.all("re"):
            self._end_later(refund)

    async def refund_payment(self, intent_id: str, amount: int | None) -> Json:
        """Refund a payment, as in the dashboard.

        Args:
            intent_id: The payment.
            amount: Cents. None is the whole amount that is not refunded yet.

        Raises:
            StripeError: The errors of `refund`, and 404 if there is no such payment.
        """
        change = Change()
        refund = self.refund(change, self.charge_of(intent_id), amount, {})
        await self._events.commit(change)
        return refund

    async def move_refund(self, refund_id: str, status: str) -> Json:
        """Move a refund to another status, as the customer's bank decides.

        A refund that has succeeded can still fail, as Stripe documents. A failed or canceled refund
        is final, and its amount no longer counts as refunded.

        Raises:
            StripeError: 404 if there is no such refund, 400 if it is final.
        """
        refund = self._stripe.get("re", refund_id, "refund")
        if refund["status"] in OVER:
            raise StripeError(f"This refund has {refund['status']} and can't change.")
        change = Change()
        self._move(change, refund, status)
        await self._events.commit(change)
        return refund

    def cancel(self, change: Change, refund: Json) -> None:
        """Cancel a refund that waits for an action of its customer.

        Raises:
            StripeError: 400 unless the status is `requires_action`.
        """
        if refund["status"] != "requires_action":
            raise StripeError(
                "You can only cancel a refund with a status of requires_action; "
                f"this one is {refund['status']}."
            )
        self._move(change, refund, "canceled")

    async def dispute_payment(
        self, intent_id: str, amount: int | None, reason: str, status: str = "needs_response"
    ) -> Json:
        """Dispute a payment for the cardholder.

        Args:
            intent_id: The payment.
            amount: Cents. None is the whole payment.
            reason: Stripe's reason of the dispute.
            status: The first status of the dispute.

        Raises:
            StripeError: 404 if there is no such payment.
        """
        change = Change()
        charge = self.charge_of(intent_id)
        wanted = amount or charge["amount"]
        dispute = self.open_dispute(change, charge, wanted, status, reason)
        await self._events.commit(change)
        return dispute

    def open_dispute(
        self, change: Change, charge: Json, amount: int, status: str, reason: str = "fraudulent"
    ) -> Json:
        """Open a dispute, which withdraws money. An inquiry (`warning_...`) withdraws none."""
        dispute = objects.dispute(charge, amount, reason, status)
        charge["disputed"] = True
        self._stripe.put(change, charge)
        if not status.startswith("warning"):
            objects.move_disputed_funds(dispute, -amount)
        self._stripe.put(change, dispute)
        self._events.add(change, "charge.dispute.created", dispute)
        if not status.startswith("warning"):
            self._events.add(change, "charge.dispute.funds_withdrawn", dispute)
        return dispute

    async def move_dispute(self, dispute_id: str, status: str) -> Json:
        """Move an open dispute to another open status.

        An inquiry that becomes a dispute withdraws the money.

        Raises:
            StripeError: 404 if there is no such dispute, 400 if it is closed.
        """
        dispute = self._open_dispute(dispute_id)
        change = Change()
        before, dispute["status"] = dispute["status"], status
        escalates = before.startswith("warning") and not status.startswith("warning")
        if escalates:
            dispute["is_charge_refundable"] = False
            objects.move_disputed_funds(dispute, -dispute["amount"])
        self._stripe.put(change, dispute)
        self._events.add(change, "charge.dispute.updated", dispute, {"status": before})
        if escalates:
            self._events.add(change, "charge.dispute.funds_withdrawn", dispute)
        await self._events.commit(change)
        return dispute

    async def close_dispute(self, dispute_id: str, verdict: str) -> Json:
        """Close a dispute: `won` gives the money back, `lost` does not.

        Raises:
            StripeError: 404 if there is no such dispute, 400 if it is closed.
        """
        dispute = self._open_dispute(dispute_id)
        change = Change()
        is_inquiry = dispute["status"].startswith("warning")
        dispute["status"] = "warning_closed" if is_inquiry else verdict
        if dispute["status"] == "won":
            objects.move_disputed_funds(dispute, dispute["amount"])
        self._stripe.put(change, dispute)
        if dispute["status"] == "won":
            self._events.add(change, "charge.dispute.funds_reinstated", dispute)
        self._events.add(change, "charge.dispute.closed", dispute)
        await self._events.commit(change)
        return dispute

    def charge_of(self, intent_id: str) -> Json:
        """Return the charge of a payment.

        Raises:
            StripeError: 404 if there is no such payment or charge.
        """
        intent = self._stripe.get("pi", intent_id, "payment_intent")
        if intent["latest_charge"] is None:
            raise no_such("charge", intent_id, "payment_intent")
        return self._stripe.get("ch", intent["latest_charge"])

    def _open_dispute(self, dispute_id: str) -> Json:
        dispute = self._stripe.get("dp", dispute_id)
        if dispute["status"] in CLOSED:
            raise StripeError("This dispute is closed.")
        return dispute

    def _book(self, change: Change, charge: Json, amount: int) -> None:
        """Add `amount` to the refunded amount of `charge`.

        `amount` is negative when a refund has failed.
        """
        before = charge["amount_refunded"]
        charge["amount_refunded"] = before + amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self._stripe.put(change, charge)
        if amount > 0:
            self._events.add(change, "charge.refunded", charge, {"amount_refunded": before})

    def _move(self, change: Change, refund: Json, status: str) -> None:
        """Change a refund's status, and add the events.

        If needed, correct the refunded amount of the charge.
        """
        previous = {"status": refund["status"]}
        refund["status"] = status
        if status == "failed":
            previous |= {"failure_reason": None, "failure_balance_transaction": None}
            refund["failure_reason"] = "expired_or_canceled_card"
            refund["failure_balance_transaction"] = new_id("txn")
        self._stripe.put(change, refund)
        if status in OVER:
            self._book(change, self._stripe.get("ch", refund["charge"]), -refund["amount"])
        # Stripe reports the change twice: by the current event type, and by an older one.
        self._events.add(change, "refund.updated", refund, previous)
        self._events.add(change, "charge.refund.updated", refund, previous)
        if status == "failed":
            self._events.add(change, "refund.failed", refund)

    def _card(self, refund: Json) -> Card:
        """Return the test card that paid the charge of this refund."""
        return CARDS.get(self._stripe.private_of(refund["charge"]).get("card", ""), GOOD)

    def _end_later(self, refund: Json) -> None:
        """Move a refund to its final status after a while, if its test card says so."""
        ending = self._card(refund).ending_from(refund["status"])
        if ending is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(REFUND_DECIDED_AFTER_S, self._end, refund["id"], ending)

    def _end(self, refund_id: str, ending: str) -> None:
        refund = self._stripe.find(refund_id)
        if refund is None or refund["status"] in OVER:
            return
        change = Change()
        self._move(change, refund, ending)
        self._stripe.store.enqueue(change.writes)
        self._events.deliver(change.events)
