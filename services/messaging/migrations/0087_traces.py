"""Add the trace of each event to the outbox, and the trace of each message that is sampled."""

from alembic import op

from servicekit.bus import outbox

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Existing rows have no trace."""
    op.execute(outbox.ADD_TRACEPARENT)
    op.execute("ALTER TABLE sms_messages ADD COLUMN traceparent text")
