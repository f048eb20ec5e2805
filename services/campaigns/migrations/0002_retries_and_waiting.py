"""Add cancelled campaigns, retries, pauses for failures, and deferred recipients."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CAMPAIGNS = """
ALTER TABLE sms_campaigns DROP CONSTRAINT ck_sms_campaigns_status;
ALTER TABLE sms_campaigns
  ADD CONSTRAINT ck_sms_campaigns_status CHECK (status IN (
    'draft', 'scheduled', 'running', 'paused', 'done', 'failed', 'cancelled')),
  -- The campaign that it retries, and the first campaign of the chain of retries.
  ADD COLUMN retry_of uuid CONSTRAINT fk_sms_campaigns_retry_of REFERENCES sms_campaigns (id),
  ADD COLUMN retry_root uuid,
  ADD COLUMN retryable_only boolean NOT NULL DEFAULT false,
  ADD COLUMN pause_at_failure_rate double precision CONSTRAINT ck_sms_campaigns_failure_rate
    CHECK (pause_at_failure_rate > 0 AND pause_at_failure_rate <= 1),
  -- The counts at the last pause for failures. Only later messages count for the next one.
  ADD COLUMN judged_tried bigint NOT NULL DEFAULT 0,
  ADD COLUMN judged_failed bigint NOT NULL DEFAULT 0,
  ADD COLUMN judged_known bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT ck_sms_campaigns_retry CHECK ((retry_of IS NULL) = (retry_root IS NULL));
-- Only one open retry of a campaign: two would send to the same people.
CREATE UNIQUE INDEX uq_sms_campaigns_retry_open ON sms_campaigns (retry_root)
  WHERE retry_root IS NOT NULL AND deleted_at IS NULL
    AND status IN ('draft', 'scheduled', 'running', 'paused');
CREATE INDEX ix_sms_campaigns_retry_root ON sms_campaigns (retry_root)
  WHERE retry_root IS NOT NULL;
"""

WAITING = """
CREATE TABLE campaign_waiting (
  campaign_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  org_id uuid NOT NULL,
  opens_at timestamptz NOT NULL,
  CONSTRAINT pk_campaign_waiting PRIMARY KEY (campaign_id, contact_id)
);
CREATE INDEX ix_campaign_waiting_opens_at ON campaign_waiting (campaign_id, opens_at, contact_id);
CREATE INDEX ix_campaign_waiting_org_id ON campaign_waiting (org_id);
"""


def upgrade() -> None:
    for ddl in (CAMPAIGNS, WAITING):
        op.execute(ddl)
    isolate_by_org("campaign_waiting")
