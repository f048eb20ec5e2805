"""What an alert says, in a sentence or two."""

from collections.abc import Mapping
from typing import Any

from services.billing.domain.automatic_topups import failure_message
from services.billing.domain.low_balance import format_money

_NUMBERS = {
    "numbers_due": "The next month of {numbers} can't be paid. Add funds before it begins.",
    "numbers_unpaid": "{numbers} can't be paid and will be released. Add funds to keep them.",
    "numbers_released": "{numbers} were released because they were not paid.",
}


def alert_message(kind: str, details: Mapping[str, Any]) -> str:
    """Return the text of a stored alert, as users read it."""
    if kind == "low_balance":
        balance, minimum = (
            format_money(details[name], details["currency"])
            for name in ("balance_cents", "min_balance_cents")
        )
        return f"Your balance is {balance}, below your minimum of {minimum}. Add funds."
    if kind == "automatic_topup_failed":
        amount = format_money(details["amount_cents"], details["currency"])
        return failure_message(details["failure"], amount, details["card_last4"])
    numbers = ", ".join(number["phone_number"] for number in details["numbers"])
    return _NUMBERS[kind].format(numbers=numbers)
