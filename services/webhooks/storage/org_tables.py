"""The tables of the webhooks service, in the order in which a closed organisation is deleted.

Some have no index on the organisation, which would cost every webhook a write. So all their rows
are read by their ids, a page at a time.
"""

from servicekit.db.org_export import Exported
from servicekit.db.org_rows import OrgRows

_OF_ENDPOINTS = """
endpoint_id IN (
  SELECT id FROM webhook_endpoints WHERE org_id = :org_id
  UNION ALL SELECT id FROM webhook_listeners WHERE org_id = :org_id
)
"""

TABLES = (
    OrgRows("webhook_deliveries", _OF_ENDPOINTS),
    OrgRows("webhook_deliveries", by_page=True),
    OrgRows("webhook_events", by_page=True),
    OrgRows("webhook_logs", by_page=True),
    OrgRows("webhook_dead_letters", by_page=True),
    OrgRows("webhook_endpoints"),
    OrgRows("webhook_listeners"),
    OrgRows("webhook_subscriptions"),
    OrgRows("failing_items"),
)

_PLATFORM = "only the platform needs it"

EXPORTED = Exported(
    tables=("webhook_endpoints", "webhook_events", "webhook_deliveries"),
    left_out={
        "webhook_endpoints": (
            "secret",
            "old_secret",
            "old_secret_expires_at",
            "column_versions",
        )
    },
    not_copied={
        "webhook_listeners": "they are tried for an hour, and have secrets",
        "webhook_logs": "what the providers said is in the messages and transactions",
        "webhook_dead_letters": _PLATFORM,
        "webhook_subscriptions": _PLATFORM,
        "failing_items": _PLATFORM,
    },
)
"""What an organisation gets a copy of."""
