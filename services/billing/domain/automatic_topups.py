"""Automatic top-ups: a saved card pays when a balance is low."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal
from uuid import UUID

from servicekit.mail import Mail
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.low_balance import format_money

CardRefusal = Literal["declined", "authentication_required"]
"""Why a card was refused: it was declined, or its bank wants its owner to confirm payments."""

CardFailure = CardRefusal | Literal["payment_reversed"]
"""Why a saved card is no longer charged: it was refused, or a payment refunded or disputed."""


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that Stripe keeps for a customer. ``exp_year`` has four digits."""

    customer_id: str
    payment_method_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class TopUpRule:
    """When and how much to top up. Amounts are cents.

    If the balance is below ``threshold_cents``, the card pays ``amount_cents``, at most
    ``daily_limit_cents`` in 24 hours.
    """

    enabled: bool
    threshold_cents: int
    amount_cents: int
    daily_limit_cents: int


DEFAULT_RULE = TopUpRule(False, 1_000, 5_000, 20_000)
"""The rule of a balance for which no rule was ever saved."""


@dataclass(frozen=True, slots=True)
class AutomaticTopUp:
    """The rule of a balance, with its card.

    Attributes:
        failure: why the last payment failed. Nothing is paid until it is cleared.
        paid_cents: what was paid automatically in the last 24 hours, or is being paid.
        version: grows with each change, from 0 if nothing was ever saved.
    """

    rule: TopUpRule = DEFAULT_RULE
    card: SavedCard | None = None
    failure: CardFailure | None = None
    failed_at: datetime | None = None
    paid_cents: int = 0
    version: int = 0

    @property
    def is_limit_reached(self) -> bool:
        """Whether another top-up would exceed the daily limit."""
        return self.paid_cents + self.rule.amount_cents > self.rule.daily_limit_cents

    def is_needed(self, balance_cents: int) -> bool:
        """Return whether the card must pay now."""
        return self._is_asked(balance_cents) and not self.is_limit_reached

    def still_wants(self, topup: "OpenTopUp", balance_cents: int) -> bool:
        """Return whether a top-up that has begun may be requested (again).

        False if meanwhile the rule was turned off, the card replaced or the balance filled.
        """
        is_same_card = self.card and self.card.payment_method_id == topup.payment_method_id
        return bool(is_same_card) and self._is_asked(balance_cents)

    def _is_asked(self, balance_cents: int) -> bool:
        works = self.rule.enabled and self.card is not None and self.failure is None
        return works and balance_cents < self.rule.threshold_cents


@dataclass(frozen=True, slots=True)
class OpenTopUp:
    """An automatic top-up whose payment has not ended.

    ``is_old``: Stripe may have forgotten its idempotency key, so the payment must not be requested
    again.
    """

    id: UUID
    account: LedgerAccount
    amount_cents: int
    currency: str
    customer_id: str
    payment_method_id: str
    is_old: bool


@dataclass(frozen=True, slots=True)
class TopUpFailure:
    """The alert about an automatic top-up that failed. Amounts are cents of ``currency``."""

    org_name: str
    currency: str
    emails: tuple[str, ...]
    amount_cents: int
    balance_cents: int
    card_last4: str
    failure: CardRefusal


_FACTS: Mapping[CardRefusal, str] = {
    "declined": "The automatic top-up of {amount} failed: the card ending in {last4} was declined.",
    "authentication_required": (
        "The automatic top-up of {amount} failed: the bank of the card ending in {last4} wants you"
        " to confirm the payment."
    ),
}
_ADVICE: Mapping[CardRefusal, str] = {
    "declined": "Add funds with another card and save it, or turn automatic top-ups on again.",
    "authentication_required": "Add funds once yourself and save the card again.",
}


def failure_message(failure: CardRefusal, amount: str, card_last4: str) -> str:
    """Return the text of an alert about a failed top-up: what happened and what to do.

    ``amount`` is formatted for people.
    """
    facts = _FACTS[failure].format(amount=amount, last4=card_last4)
    return f"{facts} Automatic top-ups have stopped. {_ADVICE[failure]}"


def failure_mail(failure: TopUpFailure, console_url: str, reference: str) -> Mail:
    """Compose the mail about a failed top-up.

    ``reference`` identifies the mail at the mail service.
    """
    amount = format_money(failure.amount_cents, failure.currency)
    message = failure_message(failure.failure, amount, failure.card_last4)
    balance = f"The balance is {format_money(failure.balance_cents, failure.currency)}."
    link = f"{console_url}/billing?topUp={failure.amount_cents}"
    subject = f"{failure.org_name}: automatic top-up failed"
    return Mail(
        to=failure.emails,
        subject=subject,
        text=f"{message}\n{balance}\n\nAdd funds: {link}\n",
        html=(
            f'<p>{escape(message)}<br>{balance}</p><p><a href="{escape(link)}">Add funds</a></p>'
        ),
        tag="automatic-top-up",
        model={"action_url": link, "subject": subject, "message": message, "balance": balance},
        reference=reference,
    )
