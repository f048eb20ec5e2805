"""Index of the order of campaigns by name."""

from servicekit.db import online

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_by_name",
        "ON sms_campaigns (org_id, lower(name), id) WHERE deleted_at IS NULL",
    )
