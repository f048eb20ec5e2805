"""The tables of the webhooks service, in the order in which a closed organisation is deleted.

The first ones have no index on the organisation, so their rows are found by reading all of them.
"""

from servicekit.db.org_rows import OrgRows

_OF_ENDPOINTS = """
endpoint_id IN (
  SELECT id FROM webhook_endpoints WHERE org_id = :org_id
  UNION ALL SELECT id FROM webhook_listeners WHERE org_id = :org_id
)
"""

TABLES = (
    OrgRows("webhook_deliveries", _OF_ENDPOINTS),
    OrgRows("webhook_deliveries"),
    OrgRows("webhook_events"),
    OrgRows("webhook_logs"),
    OrgRows("webhook_dead_letters"),
    OrgRows("webhook_endpoints"),
    OrgRows("webhook_listeners"),
    OrgRows("webhook_subscriptions"),
    OrgRows("failing_items"),
)
