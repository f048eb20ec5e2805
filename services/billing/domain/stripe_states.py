"""What the states of Stripe's refunds and disputes mean for the money.

Sources: Stripe's reference of the Refund and Dispute objects. A status that they do not name holds
the money: taking it is put right by a later status, and spent money is not.
"""

# A refund that failed or was canceled is money that Stripe has put back on our account there.
_REFUND_IS_OVER = ("failed", "canceled")
# An inquiry moves no money, and neither does a dispute that was prevented, or that a refund ended.
_NO_MONEY_MOVED = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "prevented",
    "charge_refunded",
)


def refund_holds_money(status: str) -> bool:
    """Whether a refund takes the money back out: unless it failed or was canceled."""
    return status not in _REFUND_IS_OVER


def dispute_holds_money(status: str) -> bool:
    """Whether a dispute holds the money: from its opening until it is won."""
    return status not in (*_NO_MONEY_MOVED, "won")
