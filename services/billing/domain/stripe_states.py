"""Decide from the status of a Stripe refund or dispute whether it holds money.

Sources: Stripe's reference of the Refund and Dispute objects. An unknown status counts as holding
the money. If that is wrong, a later status corrects it; money that was spent can't be recovered.
"""

# Stripe returns the money of a refund that failed or was canceled.
_REFUND_ENDED = ("failed", "canceled")
# Inquiries move no money, nor do disputes that were prevented or that a refund ended.
_NO_MONEY_MOVED = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "charge_refunded",
)


def refund_holds_money(status: str) -> bool:
    """Return whether a refund with this status takes money from us.

    It does unless it failed or was canceled.
    """
    return status not in _REFUND_ENDED


def dispute_holds_money(status: str) -> bool:
    """Return whether a dispute with this status takes money from us.

    It does from its opening until it is won.
    """
    return status not in (*_NO_MONEY_MOVED, "won")
