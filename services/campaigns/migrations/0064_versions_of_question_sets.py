"""Give question sets a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(f"ALTER TABLE question_sets {versions.COLUMNS}")
    op.execute(versions.trigger("question_sets", "title", "questions", "published_at"))
