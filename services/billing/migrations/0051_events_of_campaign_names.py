"""The event of event messages, which the ledger shows beside their name."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE campaign_names ADD COLUMN event_id uuid")
