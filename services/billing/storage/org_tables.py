"""The tables of the billing service that are deleted with a closed organisation.

The books stay, as the law demands: they name users by id only.
"""

from servicekit.db.org_export import Exported
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

_PLATFORM = "only the platform needs it"
_VERSIONS = ("column_versions",)

EXPORTED = Exported(
    tables=(
        "user_balances",
        "billing_transactions",
        "topups",
        "reversals",
        "automatic_topups",
        "billing_settings",
        "notices",
        "notifications",
    ),
    left_out={
        "topups": ("customer_id", "payment_method_id"),
        "automatic_topups": (
            *_VERSIONS,
            "customer_id",
            "payment_method_id",
            "former_payment_method_id",
        ),
        "billing_settings": _VERSIONS,
    },
    not_copied={
        "account_seals": _PLATFORM,
        "seal_blocks": _PLATFORM,
        "unsealed_transactions": _PLATFORM,
        "campaign_names": "campaigns have them",
        "notification_marks": "what each member has read",
        "notification_reads": "what each member has read",
        "webhook_subscribers": _PLATFORM,
        "failing_items": _PLATFORM,
    },
)
"""What an organisation gets a copy of."""
