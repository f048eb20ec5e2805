"""Add an index for the search for organisations by the start of their name."""

from servicekit.db import online

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_orgs_name", "ON orgs (lower(name) text_pattern_ops)")
