"""The tables of the billing service that are deleted with a closed organisation.

The books stay, as the law demands: they name users by id only.
"""

from servicekit.db.org_rows import OrgRows

TABLES = (
    OrgRows("notification_reads"),
    OrgRows("notification_marks"),
    OrgRows("notifications"),
    OrgRows("notices"),
    OrgRows("automatic_topups"),
    OrgRows("billing_settings"),
    OrgRows("campaign_names"),
    OrgRows("webhook_subscribers"),
    OrgRows("failing_items"),
)

BOOKS = (
    "account_seals",
    "billing_transactions",
    "reversals",
    "seal_blocks",
    "topups",
    "unsealed_transactions",
    "user_balances",
)
"""Tables that are kept."""
