"""Add the trace of each event to the outbox, and the trace of each start that is sampled."""

from alembic import op

from servicekit.bus import outbox

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Existing rows have no trace."""
    op.execute(outbox.ADD_TRACEPARENT)
    op.execute("ALTER TABLE sms_campaigns ADD COLUMN traceparent text")
