"""Let drafts lack a list or a text. All other campaigns have both."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COMPLETE = """
ALTER TABLE sms_campaigns
  DROP CONSTRAINT ck_sms_campaigns_one_text,
  DROP CONSTRAINT ck_sms_campaigns_audience,
  ADD CONSTRAINT ck_sms_campaigns_complete CHECK (
    num_nonnulls(message, template_id) <= 1 AND num_nonnulls(list_id, notification_type) <= 1
    AND (
      status = 'draft'
      OR num_nonnulls(message, template_id) + num_nonnulls(list_id, notification_type) = 2
    )
  ) NOT VALID
"""


def upgrade() -> None:
    """Replace the checks that required a text and a list even for drafts."""
    op.execute(_COMPLETE)
