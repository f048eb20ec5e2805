"""Add an index of the messages of which nobody knows whether Twilio accepted them.

Such messages are very rare, so the index is nearly empty, and counting them four times a minute
costs nothing.
"""

from servicekit.db import online

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online.create_index(
        "ix_sms_messages_unknown",
        "ON sms_messages (attempted_at) WHERE status = 'unknown'",
    )
