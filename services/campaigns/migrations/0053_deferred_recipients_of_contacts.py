"""Add an index of deferred recipients by contact."""

from servicekit.db import online

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_campaign_waiting_contact_id", "ON campaign_waiting (org_id, contact_id)"
    )
