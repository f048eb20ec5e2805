"""Add an index of test messages that wait for their delivery report."""

from servicekit.db import online

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online.create_index(
        "ix_sms_messages_test_reports",
        "ON sms_messages (next_step_at) WHERE uuid_extract_version(org_id) IS NOT DISTINCT FROM 8"
        " AND status IN ('unknown', 'queued', 'sent')",
    )
