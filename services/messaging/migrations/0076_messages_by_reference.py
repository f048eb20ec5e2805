"""Add an index of messages by the customer's reference, sorted like lists of messages.

Most messages have no reference. No column of the index changes after a message is stored.
"""

from servicekit.db import online

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online.create_index(
        "ix_sms_messages_reference",
        "ON sms_messages (org_id, reference, created_at DESC, id DESC) WHERE reference IS NOT NULL",
    )
