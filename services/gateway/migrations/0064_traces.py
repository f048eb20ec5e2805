"""Add the trace of each event to the outbox."""

from alembic import op

from servicekit.bus import outbox

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Existing rows have no trace."""
    op.execute(outbox.ADD_TRACEPARENT)
