"""What the states of Stripe's refunds and disputes mean for the money.

Sources: Stripe's reference of the Refund and Dispute objects.
"""

# An inquiry moves no money, and neither does a dispute that was prevented.
_NO_MONEY_MOVED = ("warning_needs_response", "warning_under_review", "warning_closed", "prevented")


def refund_stands(status: str) -> bool:
    """Whether a refund takes the money back out; one that failed or was cancelled does not."""
    return status not in ("failed", "canceled")


def dispute_stands(status: str) -> bool:
    """Whether a dispute holds the money: from its opening until it is won."""
    return status not in (*_NO_MONEY_MOVED, "won")
