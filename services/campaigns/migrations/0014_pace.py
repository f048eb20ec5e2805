"""Store how many messages of a campaign were sent at two times, to compute its pace."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The last sample, and the one before it. Null before a campaign has run for some time.
_SAMPLES = """
ALTER TABLE sms_campaigns
  ADD COLUMN sampled_at timestamptz,
  ADD COLUMN sampled_sent bigint,
  ADD COLUMN sampled_before_at timestamptz,
  ADD COLUMN sampled_before_sent bigint
"""


def upgrade() -> None:
    """Add the columns for the two samples of a campaign's sent messages."""
    op.execute(_SAMPLES)
