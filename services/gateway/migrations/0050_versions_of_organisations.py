"""Give organisations a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0050"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(versions.FUNCTION)
    op.execute(f"ALTER TABLE orgs {versions.COLUMNS}")
    op.execute(versions.trigger("orgs", "name", "time_zone", "second_factor_required"))
