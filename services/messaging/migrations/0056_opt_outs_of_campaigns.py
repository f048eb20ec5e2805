"""Count the opt-outs that answer a campaign."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE campaign_counts ADD COLUMN opt_outs bigint NOT NULL DEFAULT 0")
