"""Add an index of skipped recipients by contact."""

from servicekit.db import online

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_campaign_skips_contact_id", "ON campaign_skips (org_id, contact_id)")
