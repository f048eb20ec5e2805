"""Add the customer's own reference and metadata of a campaign."""

from alembic import op

from servicekit.db import versions

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_VERSIONED = (
    "name",
    "message",
    "media_urls",
    "template_id",
    "list_id",
    "schedule_at",
    "pause_at_failure_rate",
    "status",
    "reference",
    "metadata",
)


def upgrade() -> None:
    """Add the columns, and count their changes in the campaign's version."""
    op.execute("ALTER TABLE sms_campaigns ADD COLUMN reference text, ADD COLUMN metadata jsonb")
    op.execute("DROP TRIGGER tr_sms_campaigns_version ON sms_campaigns")
    op.execute(versions.trigger("sms_campaigns", *_VERSIONED))
