"""Add an index of scheduled recipients by contact."""

from servicekit.db import online

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_scheduled_recipients_contact_id",
        "ON scheduled_recipients (org_id, contact_id) WHERE state = 'waiting'",
    )
