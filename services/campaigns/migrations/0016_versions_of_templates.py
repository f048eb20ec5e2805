"""Give templates a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(f"ALTER TABLE sms_templates {versions.COLUMNS}")
    op.execute(versions.trigger("sms_templates", "name", "content"))
