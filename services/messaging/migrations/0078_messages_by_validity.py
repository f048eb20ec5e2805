"""Add an index of waiting messages that may be sent only for some time.

Most messages have no such limit, and cause no entry.
"""

from servicekit.db import online

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online.create_index(
        "ix_sms_messages_valid_until",
        "ON sms_messages (valid_until) WHERE valid_until IS NOT NULL AND status = 'pending'",
    )
