"""Number the changes that are reported to messaging, so that it ignores delayed older changes."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Calls to messaging can overtake each other. It ignores changes older than the last it knows.
CHANGES = "ALTER TABLE sms_campaigns ADD COLUMN hold_change bigint NOT NULL DEFAULT 0"


def upgrade() -> None:
    op.execute(CHANGES)
