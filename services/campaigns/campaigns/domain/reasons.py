"""The reasons why a campaign is paused or failed, as users read them."""

CREDENTIALS_UNREADABLE = "credentials_unreadable"
"""Messaging can't decrypt the organisation's credentials. The campaign resumes automatically."""

MEMBER_REMOVED = "member_removed"
"""The member who created or confirmed the campaign was removed from the organisation."""

PICTURES_NOT_PRICED = "pictures_not_priced"
"""The campaign was confirmed without a price for its pictures."""

_MESSAGES = {
    MEMBER_REMOVED: (
        "The member who scheduled, started or created this campaign was removed. If you schedule, "
        "start or resume it, you take it over: your balance or your organisation's pays for it."
    ),
    CREDENTIALS_UNREADABLE: (
        "Your organisation's connection to Twilio isn't working. We have been notified. The "
        "campaign resumes automatically once it is fixed."
    ),
    "insufficient_balance": (
        "The balance that pays for this campaign doesn't cover the next messages. "
        "Add funds, then resume."
    ),
    "no_sender": "There is no number to send from. Buy a number, then resume.",
    "account_suspended": "Sending is suspended for your account. Contact support.",
    "daily_spend_cap_reached": (
        "The daily spending cap has been reached. Raise it or wait until tomorrow, then resume."
    ),
    "unregistered_sender": (
        "US carriers reject messages from unregistered numbers. Register, then resume."
    ),
    PICTURES_NOT_PRICED: (
        "The price of the pictures was not confirmed. Resume to confirm the current price."
    ),
    "failure_rate": "Too many messages failed. Check the failures before you resume.",
    "list_deleted": "The contact list was deleted. Create a new campaign with another list.",
    "template_deleted": "The template was deleted. Create a new campaign with another text.",
    "missing_variables": (
        "The text has placeholders that contacts can't fill. Create a new campaign with another "
        "text."
    ),
}


def reason_message(reason: str | None) -> str | None:
    """Return what `reason` means and what to do next, or None for an unknown reason."""
    return _MESSAGES.get(reason or "")
