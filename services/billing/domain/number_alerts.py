"""What an organisation is told when the months of its phone numbers can't be paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from uuid import UUID

from servicekit.mail import Mail
from services.billing.domain.low_balance import format_money


@dataclass(frozen=True, slots=True)
class AlertedNumber:
    """A phone number and the moment ``at`` that the news is about.

    ``payer`` is the user who pays first, ``email`` whom to tell besides the addresses in the
    settings.
    """

    id: UUID
    phone_number: str
    cents_per_month: int
    at: datetime
    payer: UUID | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class NumberAlert:
    """News of one kind about phone numbers: ``numbers_due``, ``_unpaid`` or ``_released``."""

    type: str
    org_name: str
    currency: str
    emails: tuple[str, ...]
    numbers: Sequence[AlertedNumber]


_SUBJECTS = {
    "numbers_due": "phone numbers can't be paid next month",
    "numbers_unpaid": "phone numbers are not paid",
    "numbers_released": "phone numbers were released",
}
_FACTS = {
    "numbers_due": "The balance does not cover the next month of these phone numbers.",
    "numbers_unpaid": "A month of these phone numbers has begun and the balance does not cover it.",
    "numbers_released": "These phone numbers were not paid in time and were released.",
}
_ADVICE = {
    "numbers_due": "Add funds before the month begins, or release the numbers that you don't need.",
    "numbers_unpaid": "Add funds before the day given to keep them; they are released after it.",
    "numbers_released": "Nothing more is charged for them. You can buy others at any time.",
}
_MOMENTS = {
    "numbers_due": "month begins",
    "numbers_unpaid": "released after",
    "numbers_released": "released",
}


def not_covered(
    numbers: Sequence[AlertedNumber], balances: Mapping[UUID, int]
) -> Sequence[AlertedNumber]:
    """Return the numbers whose month the balances don't cover, paid in the order of their time.

    As in charging, each is paid by one balance: the payer's, or else the largest.
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


def number_alert_mail(news: NumberAlert, console_url: str, reference: str) -> Mail:
    """Compose the mail; ``reference`` tells it from all others."""
    lines = [_line(news, number) for number in news.numbers]
    subject = f"{news.org_name}: {_SUBJECTS[news.type]}"
    facts, advice = _FACTS[news.type], _ADVICE[news.type]
    link = f"{console_url}/billing"
    return Mail(
        to=news.emails,
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


def _line(news: NumberAlert, number: AlertedNumber) -> str:
    price = format_money(number.cents_per_month, news.currency)
    day = f"{number.at:%Y-%m-%d %H:%M} UTC"
    return f"{number.phone_number}, {price} a month, {_MOMENTS[news.type]} {day}"
