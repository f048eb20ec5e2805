"""The event of event messages, which the ledger shows beside their name."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE campaign_names ADD COLUMN event_id uuid")
