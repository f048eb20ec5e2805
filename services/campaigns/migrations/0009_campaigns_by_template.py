"""Index of the campaigns that use a template."""

from servicekit.db import online

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index without blocking other transactions."""
    online.create_index(
        "ix_sms_campaigns_by_template",
        "ON sms_campaigns (org_id, template_id, id DESC) WHERE template_id IS NOT NULL",
    )
