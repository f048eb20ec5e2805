"""Store who confirmed a campaign last and when, and who pays for it instead of its creator."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Null for drafts and older campaigns: their creator counts as the user who confirmed them.
_COLUMNS = """
ALTER TABLE sms_campaigns
  ADD COLUMN confirmed_by uuid,
  ADD COLUMN confirmed_at timestamptz,
  ADD COLUMN payer_id uuid
"""


def upgrade() -> None:
    """Add the columns for the user who confirmed, the time, and the payer."""
    op.execute(_COLUMNS)
