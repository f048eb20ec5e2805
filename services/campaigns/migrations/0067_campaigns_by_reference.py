"""Index of the campaigns with a reference."""

from servicekit.db import online

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_by_reference",
        "ON sms_campaigns (org_id, reference, id)"
        " WHERE deleted_at IS NULL AND reference IS NOT NULL",
    )
