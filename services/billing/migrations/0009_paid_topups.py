"""Index of paid top-ups, because an organisation that has paid may have more phone numbers."""

from servicekit.db import online

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_topups_paid",
        "ON topups (org_id) WHERE paid_at IS NOT NULL",
    )
