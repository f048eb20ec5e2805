"""Add an index of incoming messages, sorted like lists of messages."""

from servicekit.db import online

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_sms_messages_incoming",
        "ON sms_messages (org_id, created_at DESC, id DESC) WHERE direction = 'in'",
    )
