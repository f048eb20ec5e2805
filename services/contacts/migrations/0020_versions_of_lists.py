"""Give contact lists a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns with the versions of lists, and the trigger that updates them."""
    op.execute(f"ALTER TABLE contact_lists {versions.COLUMNS}")
    op.execute(versions.trigger("contact_lists", "name", "filter"))
