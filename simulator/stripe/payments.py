"""Pay a Checkout Session, now or later, or let it expire."""

import asyncio

from simulator.clock import now_s
from simulator.stripe import objects
from simulator.stripe.cards import card_of
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Events
from simulator.stripe.forms import Json
from simulator.stripe.reversals import Reversals
from simulator.stripe.state import Change, Stripe

EXPIRY_INTERVAL_S = 5.0
BANK_TRANSFER = "000123456789"


class Payments:
    """Changes sessions, payments and charges, and makes the events of each change.

    Args:
        stripe: Stores the objects.
        events: Sends an event for each change.
        reversals: Opens the dispute that some test cards cause.
    """

    def __init__(self, stripe: Stripe, events: Events, reversals: Reversals) -> None:
        self._stripe = stripe
        self._events = events
        self._reversals = reversals

    async def pay(self, session_id: str, card_number: str, *, later: bool = False) -> Json:
        """Pay an open session, as the button on its page does.

        Args:
            session_id: The session.
            card_number: A test card of `cards`.
            later: True if the money arrives later, when `settle` is called, as with a bank
            transfer.

        Returns:
            The session.

        Raises:
            StripeError: 404 if there is no such session, 400 if it is not open, 402 if the card is
                declined (then the session stays open).
        """
        session = self._open_session(session_id)
        card = card_of(card_number)
        change = Change()
        intent = self._intent_of(change, session)
        if card.decline_code is not None:
            declined = _declined(card.decline_code)
            self._decline(change, intent, self._method_of(change, card_number), card.decline_code)
            await self._events.commit(change)
            raise declined
        if later:
            self._promise(change, intent)
            self._complete(change, session, "unpaid")
        else:
            charge = self._collect(change, intent, self._method_of(change, card_number))
            self._complete(change, session, "paid")
            if card.dispute is not None:
                self._reversals.open_dispute(change, charge, charge["amount"], card.dispute)
        await self._events.commit(change)
        return session

    async def settle(self, session_id: str, *, failed: bool = False) -> Json:
        """End the delayed payment of a session: the money arrives, or the payment fails.

        Raises:
            StripeError: 404 if there is no such session, 400 if no money is expected.
        """
        session = self._stripe.get("cs", session_id)
        intent = self._stripe.find(session["payment_intent"] or "")
        if intent is None or intent["status"] != "processing":
            raise StripeError("No payment is expected for this Checkout Session.")
        change = Change()
        if failed:
            intent["status"] = "requires_payment_method"
            self._stripe.put(change, intent)
            self._events.add(change, "payment_intent.payment_failed", intent)
            self._events.add(change, "checkout.session.async_payment_failed", session)
        else:
            self._collect(change, intent, self._method_of(change, BANK_TRANSFER))
            session["payment_status"] = "paid"
            self._stripe.put(change, session)
            self._events.add(change, "checkout.session.async_payment_succeeded", session)
        await self._events.commit(change)
        return session

    def expire(self, change: Change, session: Json) -> None:
        """Mark an open session as expired, so that it can't be paid.

        Raises:
            StripeError: 400 if the session is not open.
        """
        if session["status"] != "open":
            raise StripeError(
                "Only Checkout Sessions with a status of open can be expired; "
                f"this one is {session['status']}."
            )
        session["status"], session["url"] = "expired", None
        self._stripe.put(change, session)
        self._events.add(change, "checkout.session.expired", session)

    async def run(self) -> None:
        """Expire open sessions when their time is over, until cancelled."""
        while True:
            await asyncio.sleep(EXPIRY_INTERVAL_S)
            await self._expire_due()

    async def _expire_due(self) -> None:
        due = [
            session
            for session in self._stripe.all("cs")
            if session["status"] == "open" and session["expires_at"] <= now_s()
        ]
        change = Change()
        for session in due:
            self.expire(change, session)
        if due:
            await self._events.commit(change)

    def _open_session(self, session_id: str) -> Json:
        session = self._stripe.get("cs", session_id)
        if session["status"] != "open" or session["expires_at"] <= now_s():
            raise StripeError("This Checkout Session is no longer open.")
        return session

    def charge_saved_card(self, change: Change, intent: Json, method: Json) -> StripeError | None:
        """Pay a new payment with a saved card, without its owner.

        Returns:
            The error if the card is declined. Otherwise None: the payment has succeeded.
        """
        self._stripe.put(change, intent)
        decline_code = card_of(self._stripe.private_of(method["id"])["card"]).later_decline_code
        if decline_code is None:
            self._collect(change, intent, method)
            return None
        self._decline(change, intent, method, decline_code)
        return _declined(decline_code, intent)

    def _intent_of(self, change: Change, session: Json) -> Json:
        """Return the session's payment. The payer's first attempt creates it."""
        if session["payment_intent"] is not None:
            return self._stripe.get("pi", session["payment_intent"])
        private = self._stripe.private_of(session["id"])
        if session["customer"] is None and private.get("customer_creation") == "always":
            customer = self._stripe.put(change, objects.customer(session["customer_email"]))
            session["customer"] = customer["id"]
        intent = objects.payment_intent(
            session["amount_total"],
            session["currency"],
            session["customer"],
            private.get("payment_intent_data", {}),
        )
        self._stripe.put(change, intent)
        session["payment_intent"] = intent["id"]
        self._stripe.put(change, session)
        return intent

    def _method_of(self, change: Change, card_number: str) -> Json:
        method = self._stripe.put(change, objects.payment_method(card_number))
        self._stripe.keep_private(change, method, {"card": card_number})
        return method

    def _new_charge(self, change: Change, intent: Json, method: Json) -> Json:
        charge = objects.charge(intent, method, self._stripe.settings.browser_url)
        intent["latest_charge"] = charge["id"]
        intent["payment_method"] = method["id"]
        self._stripe.keep_private(change, charge, self._stripe.private_of(method["id"]))
        return charge

    def _collect(self, change: Change, intent: Json, method: Json) -> Json:
        """Charge the whole amount to the card, and save the card if the request asks for it."""
        charge = self._new_charge(change, intent, method)
        charge.update(
            status="succeeded", paid=True, captured=True, amount_captured=charge["amount"]
        )
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        if intent["setup_future_usage"] and intent["customer"]:
            method["customer"] = intent["customer"]
            self._stripe.put(change, method)
        self._stripe.put(change, charge)
        self._stripe.put(change, intent)
        self._events.add(change, "charge.succeeded", charge)
        self._events.add(change, "payment_intent.succeeded", intent)
        return charge

    def _decline(self, change: Change, intent: Json, method: Json, decline_code: str) -> None:
        charge = self._new_charge(change, intent, method)
        charge.update(status="failed", failure_code="card_declined", failure_message=decline_code)
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": _error_code(decline_code),
            "decline_code": decline_code,
            "message": "Your card was declined.",
        }
        self._stripe.put(change, charge)
        self._stripe.put(change, intent)
        self._events.add(change, "charge.failed", charge)
        self._events.add(change, "payment_intent.payment_failed", intent)

    def _promise(self, change: Change, intent: Json) -> None:
        intent["status"] = "processing"
        self._stripe.put(change, intent)
        self._events.add(change, "payment_intent.processing", intent)

    def _complete(self, change: Change, session: Json, payment_status: str) -> None:
        session.update(status="complete", payment_status=payment_status, url=None)
        self._stripe.put(change, session)
        self._events.add(change, "checkout.session.completed", session)


def _declined(decline_code: str, intent: Json | None = None) -> StripeError:
    return StripeError(
        "Your card was declined.",
        status=402,
        kind="card_error",
        code=_error_code(decline_code),
        decline_code=decline_code,
        payment_intent=intent,
    )


def _error_code(decline_code: str) -> str:
    if decline_code == "authentication_required":
        return decline_code
    return "card_declined"
