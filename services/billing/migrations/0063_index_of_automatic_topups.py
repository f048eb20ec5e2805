"""Index the automatic top-ups of each balance by time, for their sum in 24 hours."""

from servicekit.db import online

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_topups_automatic", "ON topups (org_id, user_id, created_at) WHERE automatic"
    )
