"""Give campaigns a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = (
    "name",
    "message",
    "template_id",
    "list_id",
    "schedule_at",
    "pause_at_failure_rate",
    "status",
)


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(versions.FUNCTION)
    op.execute(f"ALTER TABLE sms_campaigns {versions.COLUMNS}")
    op.execute(versions.trigger("sms_campaigns", *_COLUMNS))
