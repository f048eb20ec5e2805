"""The reasons why a retry of all failed messages stopped, as users read them."""

INSUFFICIENT_BALANCE = "insufficient_balance"
EVENT_DELETED = "event_deleted"

_MESSAGES = {
    INSUFFICIENT_BALANCE: (
        "The balance doesn't cover more messages. Add funds, then retry the remaining messages."
    ),
    EVENT_DELETED: "The event was deleted.",
    "event_not_published": (
        "The event is no longer published, so its attendees get no messages. Publish it, then "
        "retry the remaining messages."
    ),
    "event_over": "The event ended more than 90 days ago.",
    "member_removed": (
        "The member who started this retry was removed. Start a new one for the remaining messages."
    ),
}


def retry_reason_message(reason: str | None) -> str | None:
    """Explain why a retry has stopped and what to do next. None if `reason` is empty."""
    return _MESSAGES.get(reason or "")
