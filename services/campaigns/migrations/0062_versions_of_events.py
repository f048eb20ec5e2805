"""Give events a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(f"ALTER TABLE events {versions.COLUMNS}")
    op.execute(
        versions.trigger("events", "name", "date", "ends_at", "time_zone", "location", "status")
    )
