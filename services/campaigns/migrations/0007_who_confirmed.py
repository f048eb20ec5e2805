"""Who confirmed a campaign last, when, and who pays for it if not who created it."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Null for campaigns of before, and for drafts: who created one stands for who confirmed it.
_COLUMNS = """
ALTER TABLE sms_campaigns
  ADD COLUMN confirmed_by uuid,
  ADD COLUMN confirmed_at timestamptz,
  ADD COLUMN payer_id uuid
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(_COLUMNS)
