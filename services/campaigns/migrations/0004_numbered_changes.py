"""Changes that messaging is told of have a number, so that the last one holds."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Calls that tell messaging of changes can overtake each other; an older one than it knows is
# ignored there.
CHANGES = "ALTER TABLE sms_campaigns ADD COLUMN hold_change bigint NOT NULL DEFAULT 0"


def upgrade() -> None:
    op.execute(CHANGES)
