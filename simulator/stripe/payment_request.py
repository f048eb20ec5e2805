"""Validate a client's request to charge a saved card as Stripe does."""

from simulator.stripe import objects
from simulator.stripe.errors import StripeError, missing, no_such
from simulator.stripe.forms import Json
from simulator.stripe.session_request import CURRENCIES, MINIMUM_CENTS, metadata, whole_number
from simulator.stripe.state import Stripe

_NEEDED = ("amount", "currency", "customer", "payment_method")


def new_payment(stripe: Stripe, asked: Json) -> tuple[Json, Json]:
    """Return the payment that a create request asks for, and the saved card that pays.

    Raises:
        StripeError: 400 or 404, with the name of the parameter that is missing or wrong. The
            simulator knows only payments that are confirmed at once without their payer.
    """
    for name in _NEEDED:
        if not asked.get(name):
            raise missing(name)
    for name in ("confirm", "off_session"):
        if asked.get(name) != "true":
            raise StripeError("The simulator knows only `true` here.", param=name)
    amount = whole_number(asked["amount"], "amount")
    if amount < MINIMUM_CENTS:
        raise StripeError("Amount must be at least $0.50 usd.", code="amount_too_small")
    currency = str(asked["currency"]).lower()
    if currency not in CURRENCIES:
        raise StripeError(f"Invalid currency: {currency}.", param="currency")
    customer = stripe.get("cus", asked["customer"], "customer")
    method = stripe.get("pm", asked["payment_method"], "payment_method")
    if method["customer"] != customer["id"]:
        raise no_such("PaymentMethod", method["id"], "payment_method")
    details = {**asked, "metadata": metadata(asked, "metadata")}
    return objects.payment_intent(amount, currency, customer["id"], details), method
