"""Give profiles of users a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0055"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns of the versions, and the trigger that raises the version."""
    op.execute(f"ALTER TABLE users {versions.COLUMNS}")
    op.execute(versions.trigger("users", "name", "phone"))
