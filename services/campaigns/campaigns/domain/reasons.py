"""Why a campaign is paused or failed, in words."""

CREDENTIALS_UNREADABLE = "credentials_unreadable"
"""Messaging can't open the organisation's credentials: a campaign resumes by itself afterwards."""

MEMBER_REMOVED = "member_removed"
"""Who created or confirmed it was removed from the organisation."""

_WORDS = {
    MEMBER_REMOVED: (
        "The member who scheduled, started or created it was removed. Whoever schedules, starts or "
        "resumes it takes it over and pays for it."
    ),
    CREDENTIALS_UNREADABLE: (
        "Your organisation's connection to Twilio can't be used at the moment. We have been told "
        "and will repair it. The campaign resumes by itself then."
    ),
    "insufficient_balance": "The balance does not cover the next messages. Add funds and resume.",
    "no_sender": "There is no number to send from. Buy a number, then resume.",
    "account_suspended": "Sending is suspended for your account. Contact support.",
    "daily_spend_cap_reached": (
        "The spending cap of the day is reached. Raise it, or wait until tomorrow, then resume."
    ),
    "unregistered_sender": (
        "US carriers refuse messages from senders that are not registered. Register, then resume."
    ),
    "failure_rate": "Too many messages failed. Look into the failures before you resume.",
    "list_deleted": "The contact list was deleted.",
    "template_deleted": "The template was deleted.",
    "missing_variables": "The text has placeholders that contacts don't have. Change the text.",
}


def reason_message(reason: str | None) -> str | None:
    """What ``reason`` means and what happens next; None where there are no words for it."""
    return _WORDS.get(reason or "")
