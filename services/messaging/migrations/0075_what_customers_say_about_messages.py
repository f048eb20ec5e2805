"""Add columns for the options that customers give with a message.

These are their own reference and metadata, whether they chose the number that sends the message,
and the time until which it may be sent.
"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("""
    ALTER TABLE sms_messages
      ADD COLUMN reference text,
      ADD COLUMN metadata jsonb,
      ADD COLUMN sender_chosen boolean,
      ADD COLUMN valid_until timestamptz
    """)
