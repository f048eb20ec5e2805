"""Index of the campaigns that were started for a list."""

from servicekit.db import online

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_by_list",
        "ON sms_campaigns (org_id, list_id, started_at DESC)"
        " WHERE list_id IS NOT NULL AND started_at IS NOT NULL AND deleted_at IS NULL",
    )
