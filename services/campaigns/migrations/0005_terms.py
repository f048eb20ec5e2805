"""Store the terms that were confirmed for a campaign."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Null for drafts, and for campaigns from before this column, which are sent at current prices.
TERMS = "ALTER TABLE sms_campaigns ADD COLUMN terms jsonb"


def upgrade() -> None:
    """Add the column for a campaign's terms."""
    op.execute(TERMS)
