"""Stripe's test cards, and the outcome of a payment with each of them."""

from dataclasses import dataclass

from simulator.stripe.errors import StripeError


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: the outcome of a payment with it.

    Attributes:
        decline_code: Reason why the payment is declined. None if it succeeds.
        dispute: Status of the dispute that follows the payment. None if there is no dispute.
        refund: The outcome of a refund: `succeeded`; `pending`, which succeeds later; or `failed`,
            which succeeds first and fails later.
        later_decline_code: Reason why later payments with the saved card are declined. None if they
            succeed.
    """

    decline_code: str | None = None
    later_decline_code: str | None = None
    dispute: str | None = None
    refund: str = "succeeded"

    def ending_from(self, status: str) -> str | None:
        """Return the status that a refund gets after `status`. None if `status` is the last one."""
        return {("pending", "pending"): "succeeded", ("failed", "succeeded"): "failed"}.get(
            (self.refund, status)
        )


CARDS = {
    "4000000000000002": Card(decline_code="generic_decline"),
    "4000000000009995": Card(decline_code="insufficient_funds"),
    "4000000000000259": Card(dispute="needs_response"),
    "4000000000001976": Card(dispute="warning_needs_response"),
    "4000000000005126": Card(refund="failed"),
    "4000000000007726": Card(refund="pending"),
    "4000000000000341": Card(later_decline_code="generic_decline"),
    "4000002760003184": Card(later_decline_code="authentication_required"),
}
GOOD = Card()


def card_of(number: str) -> Card:
    """Return the test card with this number: the outcome of a payment with it.

    Raises:
        StripeError: 402 `incorrect_number` if the check digit is wrong.
    """
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isdigit() or not 12 <= len(digits) <= 19 or not _has_valid_check_digit(digits):
        raise StripeError(
            "Your card number is incorrect.",
            status=402,
            kind="card_error",
            code="incorrect_number",
            param="number",
        )
    return CARDS.get(digits, GOOD)


def _has_valid_check_digit(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
