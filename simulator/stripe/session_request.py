"""Validate a client's request for a Checkout Session as Stripe does."""

from typing import Any

from simulator.clock import now_s
from simulator.stripe.errors import StripeError, missing
from simulator.stripe.forms import Json
from simulator.stripe.session_parameters import OTHERS, TEXTS
from simulator.stripe.state import new_id

CURRENCIES = frozenset(("usd", "eur", "gbp", "cad", "aud", "chf", "jpy", "mxn", "nzd", "sek"))
MINIMUM_CENTS = 50
MAXIMUM_CENTS = 99_999_999
UI_MODES = {
    "hosted": "hosted_page",
    "hosted_page": "hosted_page",
    "embedded": "embedded_page",
    "embedded_page": "embedded_page",
    "custom": "elements",
    "elements": "elements",
    "form": "form",
}
DAY_S = 24 * 3600
SHORTEST_LIFE_S = 30 * 60
MAX_LINE_ITEMS = 100
MAX_METADATA = 50


def new_session(asked: Json, browser_url: str) -> Json:
    """Return the session that a create request asks for.

    Raises:
        StripeError: 400, with the name of the parameter that is missing or wrong.
    """
    _check_names(asked)
    _check_mode(asked)
    currency, total = _amount(asked)
    email = asked.get("customer_email")
    session_id = new_id("cs")
    return {
        "id": session_id,
        "object": "checkout.session",
        "after_expiration": None,
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": _short(asked, "client_reference_id", 200),
        "created": now_s(),
        "currency": currency,
        "customer": asked.get("customer"),
        "customer_details": {"email": email, "name": None, "phone": None} if email else None,
        "customer_email": email,
        "expires_at": _expires_at(asked),
        "invoice": None,
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": metadata(asked, "metadata"),
        "mode": asked["mode"],
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "recovered_from": None,
        "status": "open",
        "success_url": asked.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": _ui_mode(asked),
        "url": f"{browser_url}/checkout/{session_id}",
    }


def line_items(asked: Json) -> list[Json]:
    """Return the line items of an accepted request: name, quantity and unit price in cents."""
    return [
        {
            "name": item["price_data"]["product_data"]["name"],
            "quantity": int(item.get("quantity", 1)),
            "unit_amount": int(item["price_data"]["unit_amount"]),
        }
        for item in asked["line_items"]
    ]


def payment_details(asked: Json) -> Json:
    """Return the parameters of the payment itself: description, receipt address, metadata.

    Raises:
        StripeError: 400 if they are not a map, or have a field that card payments don't allow.
    """
    details = asked.get("payment_intent_data") or {}
    if not isinstance(details, dict):
        raise StripeError("Invalid object", param="payment_intent_data")
    if "statement_descriptor" in details:
        raise StripeError(
            "For card charges, use `statement_descriptor_suffix`.",
            param="payment_intent_data[statement_descriptor]",
        )
    return {**details, "metadata": metadata(details, "metadata")}


def metadata(asked: Json, param: str) -> Json:
    """Return a metadata parameter: at most 50 keys (40 characters) with values (500 characters).

    Raises:
        StripeError: 400 if it is larger or not a map.
    """
    given = asked.get(param) or {}
    if not isinstance(given, dict) or len(given) > MAX_METADATA:
        raise StripeError("Metadata can have up to 50 keys.", param=param)
    for key, value in given.items():
        if len(key) > 40 or len(str(value)) > 500:
            raise StripeError("Metadata key or value is too long.", param=f"{param}[{key}]")
    return {key: value for key, value in given.items() if value != ""}


def whole_number(value: Any, param: str) -> int:
    """Return an integer parameter.

    Raises:
        StripeError: 400 if it is not an integer.
    """
    text = str(value)
    if not text.removeprefix("-").isdigit():
        raise StripeError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=param)
    return int(text)


def _check_names(asked: Json) -> None:
    for name, value in asked.items():
        if name not in TEXTS | OTHERS:
            raise StripeError(
                f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )
        if name in TEXTS and not isinstance(value, str):
            raise StripeError(f"Invalid string: {name}", param=name)


def _check_mode(asked: Json) -> None:
    if "mode" not in asked:
        raise missing("mode")
    if asked["mode"] != "payment":
        raise StripeError("The simulator knows mode `payment` only.", param="mode")
    if not asked.get("success_url") and _ui_mode(asked) == "hosted_page":
        raise missing("success_url")


def _ui_mode(asked: Json) -> str:
    given = asked.get("ui_mode", "hosted_page")
    if given not in UI_MODES:
        raise StripeError(f"Invalid ui_mode: {given}", param="ui_mode")
    return UI_MODES[given]


def _amount(asked: Json) -> tuple[str, int]:
    """Return the currency and the sum of the line items, in the currency's smallest unit."""
    items = asked.get("line_items")
    if not isinstance(items, list) or not items:
        raise missing("line_items")
    if len(items) > MAX_LINE_ITEMS:
        raise StripeError("There are more than 100 line items.", param="line_items")
    parts = [_line_item(item, f"line_items[{number}]") for number, item in enumerate(items)]
    currencies = {currency for currency, _ in parts}
    if len(currencies) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    total = sum(amount for _, amount in parts)
    if total < MINIMUM_CENTS:
        raise StripeError(
            "The total amount due must add up to at least $0.50 usd.", code="amount_too_small"
        )
    if total > MAXIMUM_CENTS:
        raise StripeError(
            "The total amount due must be no more than $999,999.99.", code="amount_too_large"
        )
    return currencies.pop(), total


def _line_item(item: Json, param: str) -> tuple[str, int]:
    price = item.get("price_data") if isinstance(item, dict) else None
    if not isinstance(price, dict):
        raise missing(f"{param}[price_data]")
    for name in ("currency", "unit_amount", "product_data"):
        if not price.get(name):
            raise missing(f"{param}[price_data][{name}]")
    if not isinstance(price["product_data"], dict) or not price["product_data"].get("name"):
        raise missing(f"{param}[price_data][product_data][name]")
    currency = str(price["currency"]).lower()
    if currency not in CURRENCIES:
        raise StripeError(f"Invalid currency: {currency}.", param=f"{param}[price_data][currency]")
    unit_amount = whole_number(price["unit_amount"], f"{param}[price_data][unit_amount]")
    quantity = whole_number(item.get("quantity", "1"), f"{param}[quantity]")
    if unit_amount < 0 or quantity < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param=param)
    return currency, unit_amount * quantity


def _expires_at(asked: Json) -> int:
    if "expires_at" not in asked:
        return now_s() + DAY_S
    at = whole_number(asked["expires_at"], "expires_at")
    if not SHORTEST_LIFE_S - 60 <= at - now_s() <= DAY_S + 60:
        raise StripeError(
            "The `expires_at` timestamp must be 30 minutes to 24 hours from now.",
            param="expires_at",
        )
    return at


def _short(asked: Json, param: str, limit: int) -> str | None:
    text = asked.get(param)
    if text is not None and len(text) > limit:
        raise StripeError(f"`{param}` is longer than {limit} characters.", param=param)
    return text
