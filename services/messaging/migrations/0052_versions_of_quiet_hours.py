"""Give sending windows a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(f"ALTER TABLE quiet_hours {versions.COLUMNS}")
    op.execute(versions.trigger("quiet_hours", "enabled", "windows", "default_time_zone"))
