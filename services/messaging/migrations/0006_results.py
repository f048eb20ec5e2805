"""Add indexes for campaign results, the withdrawal of cancelled campaigns, and quiet hours."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A campaign's results sorted by contact are read through uq_sms_messages_campaign_contact. Results
# with one status are read through ix_sms_messages_campaign. Failures, which are rare, have indexes
# of their own, sorted by contact. These indexes contain the organisation, which row-level
# security asks for, so errors can be counted without reading the table.
RESULTS = """
CREATE INDEX ix_sms_messages_campaign_error
  ON sms_messages (org_id, campaign_id, error_code, contact_id)
  WHERE campaign_id IS NOT NULL AND error_code IS NOT NULL;
CREATE INDEX ix_sms_messages_campaign_exceptions
  ON sms_messages (org_id, campaign_id, status, contact_id)
  WHERE campaign_id IS NOT NULL
    AND status IN ('undelivered', 'failed', 'unknown', 'cancelled');
"""

CANCELLED = """
ALTER TABLE sms_messages DROP CONSTRAINT ck_sms_messages_status;
ALTER TABLE sms_messages ADD CONSTRAINT ck_sms_messages_status CHECK (status IN (
  'pending', 'sending', 'queued', 'sent', 'delivered', 'undelivered', 'failed', 'unknown',
  'received', 'cancelled'));
ALTER TABLE campaign_counts
  ADD COLUMN cancelled bigint NOT NULL DEFAULT 0,
  -- The campaign is cancelled: messages that become pending later are cancelled too.
  ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
CREATE INDEX ix_campaign_counts_withdrawn ON campaign_counts (campaign_id)
  WHERE withdrawn AND pending > 0;
"""

QUIET_HOURS = """
-- The recipient's own zone, as contacts had it when the message was accepted.
ALTER TABLE sms_messages ADD COLUMN time_zone text;

CREATE TABLE quiet_hours (
  org_id uuid CONSTRAINT pk_quiet_hours PRIMARY KEY,
  enabled boolean NOT NULL,
  -- [{"days": ["mon"], "from": "09:00", "to": "20:00"}]
  windows jsonb NOT NULL,
  default_time_zone text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    for ddl in (RESULTS, CANCELLED, QUIET_HOURS):
        op.execute(ddl)
    isolate_by_org("quiet_hours")
