"""The alert about a low balance: its mail and its text message."""

from dataclasses import dataclass
from html import escape

from servicekit.mail import Mail


@dataclass(frozen=True, slots=True)
class LowBalance:
    """The sum of an organisation's balances and the minimum that it fell below.

    Amounts are cents of ``currency``. ``sms_alert_to`` is an E.164 phone number, or None if the
    organisation wants no text.
    """

    org_name: str
    balance_cents: int
    min_balance_cents: int
    currency: str
    emails: tuple[str, ...]
    sms_alert_to: str | None


_WHY = "You get this email because your address is in this organisation's billing settings."
_WHY_TEST = (
    "This is a test that you have asked for. Alerts go to the addresses in the billing settings."
)


def low_balance_mail(
    low: LowBalance, console_url: str, reference: str, *, is_test: bool = False
) -> Mail:
    """Compose the mail about a low balance. The mail service identifies it by ``reference``.

    With ``is_test``, the mail says that it is a test. It then shows the balance and the minimum
    without saying that the balance is too low, because it may be sufficient.
    """
    balance, minimum = (
        format_money(cents, low.currency) for cents in (low.balance_cents, low.min_balance_cents)
    )
    facts = f"The SMS balance of {low.org_name} is {balance}, below your minimum of {minimum}."
    if is_test:
        facts = f"The SMS balance of {low.org_name} is {balance}. Your minimum is {minimum}."
    advice = "Campaigns pause when the balance doesn't cover their next texts."
    link = f"{console_url}/billing"
    why = _WHY_TEST if is_test else _WHY
    subject = f"{low.org_name}: SMS balance is low ({balance})"
    return Mail(
        to=low.emails,
        subject=f"Test: {subject}" if is_test else subject,
        text=f"{facts}\n{advice}\n\nAdd funds: {link}\n\n{why}\n",
        html=(
            f"<p>{escape(facts)}<br>{advice}</p>"
            f'<p><a href="{escape(link)}">Add funds</a></p>'
            f"<p><small>{why}</small></p>"
        ),
        tag="low-balance-test" if is_test else "low-balance",
        model={
            "action_url": link,
            "org_name": low.org_name,
            "balance": balance,
            "min_balance": minimum,
        },
        reference=reference,
    )


def low_balance_text(low: LowBalance) -> str:
    """Compose the text message about a low balance. It fits in one segment."""
    balance, minimum = (
        format_money(cents, low.currency) for cents in (low.balance_cents, low.min_balance_cents)
    )
    facts = f"Your SMS balance is {balance}, below your minimum of {minimum}."
    return f"{facts} Add funds to keep sending."


def format_money(cents: int, currency: str) -> str:
    """Format an amount for people, such as ``9.00 USD``."""
    return f"{cents // 100}.{cents % 100:02} {currency.upper()}"
