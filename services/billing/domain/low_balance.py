"""What an organisation is told when its money runs low: the mail and the text."""

from dataclasses import dataclass
from html import escape

from servicekit.mail import Mail


@dataclass(frozen=True, slots=True)
class LowBalance:
    """An organisation's balances together, below their minimum; cents of ``currency``."""

    org_name: str
    balance_cents: int
    min_balance_cents: int
    currency: str
    emails: tuple[str, ...]
    sms_alert_to: str | None


def low_balance_mail(low: LowBalance, console_url: str, reference: str) -> Mail:
    """The mail; ``reference`` tells it from all others."""
    balance, minimum = (
        format_money(cents, low.currency) for cents in (low.balance_cents, low.min_balance_cents)
    )
    facts = f"The SMS balance of {low.org_name} is {balance}, below your minimum of {minimum}."
    advice = "Campaigns pause when the balance does not cover their next texts."
    link = f"{console_url}/billing"
    why = "You get this mail because your address is in the billing settings of this organisation."
    return Mail(
        to=low.emails,
        subject=f"{low.org_name}: SMS balance is low ({balance})",
        text=f"{facts}\n{advice}\n\nAdd funds: {link}\n\n{why}\n",
        html=(
            f"<p>{escape(facts)}<br>{advice}</p>"
            f'<p><a href="{escape(link)}">Add funds</a></p>'
            f"<p><small>{why}</small></p>"
        ),
        tag="low-balance",
        model={
            "action_url": link,
            "org_name": low.org_name,
            "balance": balance,
            "min_balance": minimum,
        },
        reference=reference,
    )


def low_balance_text(low: LowBalance) -> str:
    """The text, in one segment."""
    balance, minimum = (
        format_money(cents, low.currency) for cents in (low.balance_cents, low.min_balance_cents)
    )
    return f"Your SMS balance is {balance}, below your minimum of {minimum}. Add funds to go on."


def format_money(cents: int, currency: str) -> str:
    """Write an amount for people: ``9.00 USD``."""
    return f"{cents // 100}.{cents % 100:02} {currency.upper()}"
