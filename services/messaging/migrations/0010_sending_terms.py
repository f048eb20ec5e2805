"""How a message was counted, why it failed, and an event's texts by time."""

from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE sms_messages
  -- Whether it was counted, and is sent, with look-alikes of GSM-7 characters replaced. Null for
  -- messages older than this column, which are sent as the messaging service's setting says.
  ADD COLUMN smart_encoded boolean,
  -- What its error code meant when it failed, in plain words. Null for older failures: theirs is
  -- looked up by the code.
  ADD COLUMN error_message text;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(COLUMNS)


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE sms_messages DROP COLUMN smart_encoded, DROP COLUMN error_message")
