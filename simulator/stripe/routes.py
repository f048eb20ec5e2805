"""Stripe's paths and their handlers."""

from simulator.edge import Call, Reply, Route, json_reply
from simulator.stripe import listing
from simulator.stripe.errors import StripeError, missing
from simulator.stripe.events import Events
from simulator.stripe.forms import nested
from simulator.stripe.idempotency import StripeHandler, endpoint
from simulator.stripe.payment_request import new_payment
from simulator.stripe.payments import Payments
from simulator.stripe.reversals import Reversals
from simulator.stripe.session_request import (
    line_items,
    metadata,
    new_session,
    payment_details,
    whole_number,
)
from simulator.stripe.state import Change, Stripe

API = "/api.stripe.com/v1"
RESOURCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("checkout/sessions", "cs", ("payment_intent", "status", "customer")),
    ("payment_intents", "pi", ("customer",)),
    ("payment_methods", "pm", ("customer",)),
    ("customers", "cus", ("email",)),
    ("charges", "ch", ("payment_intent", "customer")),
    ("refunds", "re", ("payment_intent", "charge")),
    ("disputes", "dp", ("payment_intent", "charge")),
    ("events", "evt", ("type",)),
)


class StripeApi:
    """The endpoints that change objects.

    Args:
        payments: Expires sessions.
        reversals: Makes and cancels refunds.
        events: Sends an event for each change.
    """

    def __init__(self, payments: Payments, reversals: Reversals, events: Events) -> None:
        self._payments = payments
        self._reversals = reversals
        self._events = events

    def create_session(self, stripe: Stripe, call: Call) -> Reply:
        """Open a Checkout Session. Raises the errors of `new_session`."""
        asked = nested(call.form.pairs)
        session = new_session(asked, stripe.settings.browser_url)
        details = payment_details(asked)
        change = self._change(call)
        stripe.put(change, session)
        facts = {
            "payment_intent_data": details,
            "line_items": line_items(asked),
            "customer_creation": asked.get("customer_creation"),
        }
        stripe.keep_private(change, session, facts)
        return listing.shown(stripe, call, session)

    def expire_session(self, stripe: Stripe, call: Call) -> Reply:
        """Expire the open session in the path. The answer is 400 if the session is not open."""
        session = stripe.get("cs", call.match["id"])
        self._payments.expire(self._change(call), session)
        return listing.shown(stripe, call, session)

    def list_line_items(self, stripe: Stripe, call: Call) -> Reply:
        """Return the line items of the session in the path."""
        session = stripe.get("cs", call.match["id"])
        items = stripe.private_of(session["id"])["line_items"]
        data = [
            {
                "id": f"li_{number}",
                "object": "item",
                "description": item["name"],
                "quantity": item["quantity"],
                "currency": session["currency"],
                "amount_total": item["unit_amount"] * item["quantity"],
            }
            for number, item in enumerate(items)
        ]
        return json_reply({"object": "list", "url": call.path, "has_more": False, "data": data})

    def create_payment(self, stripe: Stripe, call: Call) -> Reply:
        """Charge a saved card without its owner's help. Raises the errors of `new_payment`.

        The answer is 402 if the card is declined. Like a success, it is repeated for the same
        idempotency key.
        """
        intent, method = new_payment(stripe, nested(call.form.pairs))
        declined = self._payments.charge_saved_card(self._change(call), intent, method)
        return declined.refusal if declined else listing.shown(stripe, call, intent)

    def detach_card(self, stripe: Stripe, call: Call) -> Reply:
        """Delete a saved card, so that it can't be charged."""
        method = stripe.get("pm", call.match["id"])
        if method["customer"] is None:
            raise StripeError("The payment method is not attached to a customer.")
        method["customer"] = None
        stripe.put(self._change(call), method)
        return listing.shown(stripe, call, method)

    def create_refund(self, stripe: Stripe, call: Call) -> Reply:
        """Refund a charge or a payment, whole or in part.

        Raises the errors of `Reversals.refund`.
        """
        asked = nested(call.form.pairs)
        if "charge" in asked:
            charge = stripe.get("ch", asked["charge"], "charge")
        elif "payment_intent" in asked:
            charge = self._reversals.charge_of(asked["payment_intent"])
        else:
            raise missing("payment_intent")
        amount = whole_number(asked["amount"], "amount") if "amount" in asked else None
        request = {"reason": asked.get("reason"), "metadata": metadata(asked, "metadata")}
        refund = self._reversals.refund(self._change(call), charge, amount, request)
        return listing.shown(stripe, call, refund)

    def cancel_refund(self, stripe: Stripe, call: Call) -> Reply:
        """Cancel the refund in the path. Raises the errors of `Reversals.cancel`."""
        refund = stripe.get("re", call.match["id"], "refund")
        self._reversals.cancel(self._change(call), refund)
        return listing.shown(stripe, call, refund)

    def _change(self, call: Call) -> Change:
        """Return a change that is committed with the request.

        Its events are sent after the commit.
        """
        change = Change(call.writes)
        call.after_commit.append(lambda: self._events.deliver(change.events))
        return change


def routes(stripe: Stripe, api: StripeApi) -> list[Route]:
    """Return all of Stripe's endpoints. Each checks the API key and the idempotency key first."""
    handlers: list[tuple[str, str, StripeHandler]] = [
        ("POST", "/checkout/sessions", api.create_session),
        ("POST", "/checkout/sessions/{id}/expire", api.expire_session),
        ("GET", "/checkout/sessions/{id}/line_items", api.list_line_items),
        ("POST", "/payment_intents", api.create_payment),
        ("POST", "/payment_methods/{id}/detach", api.detach_card),
        ("POST", "/refunds", api.create_refund),
        ("POST", "/refunds/{id}/cancel", api.cancel_refund),
    ]
    for name, prefix, filters in RESOURCES:
        handlers.append(("GET", f"/{name}", _list_of(prefix, filters)))
        handlers.append(("GET", f"/{name}/{{id}}", _one_of(prefix)))
    return [
        *(Route(method, API + path, endpoint(stripe, h)) for method, path, h in handlers),
        Route("*", "/api.stripe.com/{path:.*}", endpoint(stripe, _unknown)),
    ]


def _list_of(prefix: str, filters: tuple[str, ...]) -> StripeHandler:
    return lambda stripe, call: listing.page(stripe, call, prefix, filters)


def _one_of(prefix: str) -> StripeHandler:
    return lambda stripe, call: listing.shown(stripe, call, stripe.get(prefix, call.match["id"]))


def _unknown(stripe: Stripe, call: Call) -> Reply:
    raise StripeError(f"Unrecognized request URL ({call.method}: {call.path}).", status=404)
