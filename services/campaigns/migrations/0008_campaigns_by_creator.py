"""Index of the campaigns of a creator."""

from servicekit.db import online

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_created_by",
        "ON sms_campaigns (org_id, created_by, id DESC) WHERE deleted_at IS NULL",
    )
