"""Add an index of merged contacts by the contact that they were merged into."""

from servicekit.db import online

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index of merged contacts."""
    online.create_index(
        "ix_contacts_merged_into",
        "ON contacts (org_id, merged_into) WHERE merged_into IS NOT NULL",
    )
