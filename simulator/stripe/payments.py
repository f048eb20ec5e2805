"""What moves money: paying a session, refunds, disputes."""

import asyncio
from typing import Any

from simulator.clock import now_s
from simulator.stripe import objects
from simulator.stripe.cards import Card, card_of
from simulator.stripe.errors import StripeError, no_such
from simulator.stripe.events import Events
from simulator.stripe.forms import Json
from simulator.stripe.state import Change, Stripe

LATER_REFUND_S = 0.5


class Payments:
    """Changes sessions, payments, charges, refunds and disputes, with the events of each change.

    Args:
        stripe: the objects.
        events: what tells of the changes.
    """

    def __init__(self, stripe: Stripe, events: Events) -> None:
        self._stripe = stripe
        self._events = events

    async def pay(self, session_id: str, card_number: str, *, later: bool = False) -> Json:
        """Pay an open session, as its page does.

        Args:
            session_id: the session.
            card_number: see `cards`.
            later: the money arrives later, by `settle`, as with a bank transfer.

        Returns:
            The session.

        Raises:
            StripeError: 404 without such a session, 400 when it is not open, 402 when the card is
                declined (then the session stays open).
        """
        session = self._open_session(session_id)
        card = card_of(card_number)
        change = Change()
        intent = self._intent_of(change, session)
        if card.decline_code is not None:
            self._decline(change, intent, card_number, card.decline_code)
        elif later:
            self._complete_unpaid(change, session, intent)
        else:
            charge = self._collect(change, intent, card_number)
            self._complete(change, session, "paid")
            self._dispute_by_card(change, charge, card)
        await self.commit(change)
        if card.decline_code is not None:
            raise _declined(card.decline_code)
        return session

    async def settle(self, session_id: str, *, failed: bool = False) -> Json:
        """Have the money of a session that was paid later arrive, or not.

        Raises:
            StripeError: 404 without such a session, 400 when no money is awaited.
        """
        session = self._stripe.get("cs", session_id)
        if session["status"] != "complete" or session["payment_status"] != "unpaid":
            raise StripeError("No payment is awaited for this Checkout Session.")
        change = Change()
        intent = self._stripe.get("pi", session["payment_intent"])
        if failed:
            intent["status"] = "requires_payment_method"
            self._stripe.put(change, intent)
            self._events.add(change, "payment_intent.payment_failed", intent)
            self._events.add(change, "checkout.session.async_payment_failed", session)
        else:
            self._collect(change, intent, "0000")
            session["payment_status"] = "paid"
            self._stripe.put(change, session)
            self._events.add(change, "checkout.session.async_payment_succeeded", session)
        await self.commit(change)
        return session

    def expire(self, change: Change, session: Json) -> None:
        """Close an open session.

        Raises:
            StripeError: 400 when it is not open.
        """
        if session["status"] != "open":
            raise StripeError(
                f"Only Checkout Sessions with a status of open can be expired; "
                f"this one is {session['status']}."
            )
        session["status"], session["url"] = "expired", None
        self._stripe.put(change, session)
        self._events.add(change, "checkout.session.expired", session)

    async def expire_when_due(self, session_id: str) -> None:
        """Close a session whose time is over; one that is not open is left alone."""
        session = self._stripe.find(session_id)
        if session is None or session["status"] != "open" or session["expires_at"] > now_s():
            return
        change = Change()
        self.expire(change, session)
        await self.commit(change)

    def refund(self, change: Change, charge: Json, amount: int | None, request: Json) -> Json:
        """Give money back.

        Args:
            change: what the refund's writes and events are added to.
            charge: the charge.
            amount: cents; None is all that is left.
            request: `reason` and `metadata` of the refund.

        Raises:
            StripeError: 400 when the charge is not paid or less than that is left.
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
        outcome = card_of(charge["metadata_card"]).refund if "metadata_card" in charge else ""
        self._book_refund(change, charge, refund, outcome)
        return refund

    async def refund_now(self, intent_id: str, amount: int | None) -> Json:
        """Refund a payment, as from the dashboard; raises what `refund` raises, and 404."""
        change = Change()
        refund = self.refund(change, self.charge_of(intent_id), amount, {})
        await self.commit(change)
        return refund

    async def dispute(self, intent_id: str, amount: int | None, reason: str) -> Json:
        """Have the cardholder dispute a payment, all of it unless an amount in cents is given."""
        change = Change()
        charge = self.charge_of(intent_id)
        dispute = self._open_dispute(
            change, charge, amount or charge["amount"], reason, "needs_response"
        )
        await self.commit(change)
        return dispute

    async def close_dispute(self, dispute_id: str, verdict: str) -> Json:
        """Decide a dispute: `won` gives the money back, `lost` does not.

        Raises:
            StripeError: 404 without such a dispute, 400 when it is closed.
        """
        dispute = self._stripe.get("dp", dispute_id)
        if dispute["status"] in ("won", "lost", "warning_closed"):
            raise StripeError("This dispute is closed.", code="dispute_closed")
        change = Change()
        was_inquiry = dispute["status"].startswith("warning")
        dispute["status"] = "warning_closed" if was_inquiry else verdict
        self._stripe.put(change, dispute)
        if dispute["status"] == "won":
            self._events.add(change, "charge.dispute.funds_reinstated", dispute)
        self._events.add(change, "charge.dispute.closed", dispute)
        await self.commit(change)
        return dispute

    async def commit(self, change: Change) -> None:
        """Make a change last, then deliver its events."""
        await self._stripe.store.commit(change.writes)
        self._events.deliver(change.events)

    def deliver(self, change: Change) -> None:
        """Deliver the events of a change that has been committed."""
        self._events.deliver(change.events)

    def charge_of(self, intent_id: str) -> Json:
        """The charge of a payment.

        Raises:
            StripeError: 404 without such a payment or charge.
        """
        intent = self._stripe.get("pi", intent_id, "payment_intent")
        if intent["latest_charge"] is None:
            raise no_such("charge", intent_id, "payment_intent")
        return self._stripe.get("ch", intent["latest_charge"])

    def _open_session(self, session_id: str) -> Json:
        session = self._stripe.get("cs", session_id)
        if session["status"] == "open" and session["expires_at"] <= now_s():
            session["status"] = "expired"
        if session["status"] != "open":
            raise StripeError(f"This Checkout Session is {session['status']}.")
        return session

    def _intent_of(self, change: Change, session: Json) -> Json:
        """The session's payment, made when the payer submits for the first time."""
        if session["payment_intent"] is not None:
            return self._stripe.get("pi", session["payment_intent"])
        details = self._stripe.details.get(session["id"]) or {}
        intent = self._stripe.put(change, objects.payment_intent(session, details))
        session["payment_intent"] = intent["id"]
        self._stripe.put(change, session)
        return intent
