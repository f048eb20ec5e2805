"""Add an index of campaigns with pictures by their next turn."""

from servicekit.db import online

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_pictures_plan_at",
        "ON sms_campaigns (pictures_plan_at)"
        " WHERE status = 'running' AND pictures_plan_at IS NOT NULL",
    )
