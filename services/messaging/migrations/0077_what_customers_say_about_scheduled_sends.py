"""Add columns for the options of a scheduled send. Messages have the same options (0075).

``valid_seconds`` are the seconds after ``send_at`` in which the messages may be sent.
"""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("""
    ALTER TABLE scheduled_sends
      ADD COLUMN reference text,
      ADD COLUMN metadata jsonb,
      ADD COLUMN sender_chosen boolean,
      ADD COLUMN valid_seconds integer
    """)
