"""Alerts about phone numbers whose monthly price can't be paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from servicekit.mail import Mail
from services.billing.domain.low_balance import format_money


@dataclass(frozen=True, slots=True)
class AlertedNumber:
    """A phone number in an alert.

    Attributes:
        at: the time at which the month begins, or at which the number is or was released.
        payer: the user whose balance is charged first.
        email: an email address to alert in addition to those in the settings.
    """

    id: UUID
    phone_number: str
    cents_per_month: int
    at: datetime
    payer: UUID | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NumberAlert:
    """An alert about phone numbers.

    ``type`` is ``numbers_due``, ``numbers_unpaid`` or ``numbers_released``. ``balance_cents`` is
    the sum of the organisation's balances.
    """

    type: str
    org_name: str
    currency: str
    emails: tuple[str, ...]
    balance_cents: int
    numbers: Sequence[AlertedNumber]


_SUBJECTS = {
    "numbers_due": "phone numbers can't be paid next month",
    "numbers_unpaid": "phone numbers are not paid",
    "numbers_released": "phone numbers were released",
}
_FACTS = {
    "numbers_due": "Your organisation's balance doesn't cover the next month of these numbers.",
    "numbers_unpaid": (
        "A new month of these numbers has begun, but your organisation's balance doesn't cover it."
    ),
    "numbers_released": "These phone numbers were not paid in time and were released.",
}
_ADVICE = {
    "numbers_due": "Add funds before the month begins, or release the numbers that you don't need.",
    "numbers_unpaid": "Add funds before the release time to keep them.",
    "numbers_released": "They are no longer charged. You can buy other numbers at any time.",
}
_MOMENTS = {
    "numbers_due": "month begins",
    "numbers_unpaid": "released after",
    "numbers_released": "released",
}


def not_covered(
    numbers: Sequence[AlertedNumber], balances: Mapping[UUID, int]
) -> Sequence[AlertedNumber]:
    """Return the numbers whose monthly price the balances don't cover.

    The numbers that are due first are paid first.

    As in charging, each number is paid from one balance: the payer's if it is enough, otherwise the
    largest balance of the organisation.
    """
    left, uncovered = dict(balances), []
    for number in sorted(numbers, key=lambda each: (each.at, each.id)):
        payer = number.payer
        if payer is None or left.get(payer, 0) < number.cents_per_month:
            payer = max(left, key=lambda user: left[user], default=None)
        if payer is None or left[payer] < number.cents_per_month:
            uncovered.append(number)
        else:
            left[payer] -= number.cents_per_month
    return uncovered


def number_alert_mail(alert: NumberAlert, console_url: str, reference: str) -> Mail:
    """Compose the mail of an alert. ``reference`` identifies the mail at the mail service."""
    lines = [_line(alert, number) for number in alert.numbers]
    subject = f"{alert.org_name}: {_SUBJECTS[alert.type]}"
    facts, advice = _FACTS[alert.type], _ADVICE[alert.type]
    link = f"{console_url}/billing"
    return Mail(
        to=alert.emails,
        subject=subject,
        text="\n".join((facts, "", *lines, "", advice, "", f"Billing: {link}", "")),
        html=(
            f"<p>{facts}</p><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"
            f'<p>{advice}</p><p><a href="{escape(link)}">Billing</a></p>'
        ),
        tag="numbers",
        model={
            "action_url": link,
            "subject": subject,
            "facts": facts,
            "advice": advice,
            "numbers": "; ".join(lines),
        },
        reference=reference,
    )


def _line(alert: NumberAlert, number: AlertedNumber) -> str:
    price = format_money(number.cents_per_month, alert.currency)
    day = f"{number.at:%Y-%m-%d %H:%M} UTC"
    return f"{number.phone_number}, {price} a month, {_MOMENTS[alert.type]} {day}"
