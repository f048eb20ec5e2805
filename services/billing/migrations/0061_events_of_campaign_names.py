"""Store the event of an event message, which the ledger shows beside the message's name."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column ``event_id`` to the stored names of campaigns."""
    op.execute("ALTER TABLE campaign_names ADD COLUMN event_id uuid")
