"""Add indexes and tables for history, analytics, exports, the archive and spending limits."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Indexes to filter by time, status, campaign and status, error, or campaign and error. Each is
# sorted like the history.
HISTORY = """
CREATE INDEX ix_sms_messages_history ON sms_messages (org_id, created_at DESC, id DESC)
  WHERE direction = 'out';
CREATE INDEX ix_sms_messages_status ON sms_messages (org_id, status, created_at DESC, id DESC)
  WHERE direction = 'out';
CREATE INDEX ix_sms_messages_campaign
  ON sms_messages (org_id, campaign_id, status, created_at DESC, id DESC)
  WHERE direction = 'out' AND campaign_id IS NOT NULL;
CREATE INDEX ix_sms_messages_error ON sms_messages (org_id, error_code, created_at DESC, id DESC)
  WHERE direction = 'out' AND error_code IS NOT NULL;
CREATE INDEX ix_sms_messages_campaign_error_history
  ON sms_messages (org_id, campaign_id, error_code, created_at DESC, id DESC)
  WHERE direction = 'out' AND campaign_id IS NOT NULL AND error_code IS NOT NULL;
-- For the archive: old messages lie together.
CREATE INDEX ix_sms_messages_created_at ON sms_messages USING brin (created_at);
"""

# Running counts for each quarter of an hour, because midnight in every time zone is the start of a
# quarter of an hour (UTC).
USAGE = """
CREATE TABLE usage_quarters (
  org_id uuid NOT NULL,
  campaign_id uuid,
  starts_at timestamptz NOT NULL,
  sent bigint NOT NULL DEFAULT 0,
  delivered bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  received bigint NOT NULL DEFAULT 0,
  replied bigint NOT NULL DEFAULT 0,
  opted_out bigint NOT NULL DEFAULT 0,
  spent_cents bigint NOT NULL DEFAULT 0,
  CONSTRAINT uq_usage_quarters UNIQUE NULLS NOT DISTINCT (org_id, starts_at, campaign_id)
);
CREATE INDEX ix_usage_quarters_campaign ON usage_quarters (org_id, campaign_id, starts_at)
  WHERE campaign_id IS NOT NULL;
CREATE INDEX ix_usage_quarters_starts_at ON usage_quarters (starts_at);
"""

SPENDING = """
CREATE TABLE sending_settings (
  org_id uuid CONSTRAINT pk_sending_settings PRIMARY KEY,
  -- Empty: every country with a price.
  allowed_countries text[] NOT NULL,
  max_price_cents_per_message bigint
    CONSTRAINT ck_sending_settings_price CHECK (max_price_cents_per_message > 0),
  daily_spend_cap_cents bigint
    CONSTRAINT ck_sending_settings_cap CHECK (daily_spend_cap_cents > 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What the messages of a day (UTC) cost, those included that are stored and not charged yet.
CREATE TABLE daily_spend (
  org_id uuid NOT NULL,
  day date NOT NULL,
  cents bigint NOT NULL,
  CONSTRAINT pk_daily_spend PRIMARY KEY (org_id, day)
);
"""

EXPORTS = """
CREATE TABLE message_exports (
  id uuid CONSTRAINT pk_message_exports PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid,
  -- Which messages: names and values of the filter.
  wanted jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT ck_message_exports_status
    CHECK (status IN ('pending', 'running', 'done', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  rows bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  expires_at timestamptz
);
CREATE INDEX ix_message_exports_org_id ON message_exports (org_id, id DESC);
CREATE INDEX ix_message_exports_open ON message_exports (id)
  WHERE status IN ('pending', 'running');
CREATE INDEX ix_message_exports_expires_at ON message_exports (expires_at)
  WHERE expires_at IS NOT NULL;
"""

# Count the messages that were sent before these tables existed.
COUNT_EARLIER = """
INSERT INTO usage_quarters
  (org_id, campaign_id, starts_at, sent, delivered, failed, received, replied, spent_cents)
SELECT org_id, campaign_id, date_bin('15 minutes', happened_at, 'epoch'),
  count(*) FILTER (WHERE what = 'sent'), count(*) FILTER (WHERE what = 'delivered'),
  count(*) FILTER (WHERE what = 'failed'), count(*) FILTER (WHERE what = 'received'),
  count(*) FILTER (WHERE what = 'replied'),
  coalesce(sum(price_cents) FILTER (WHERE what = 'spent'), 0)
FROM sms_messages, LATERAL (VALUES
  ('sent', CASE WHEN status IN ('queued', 'sent', 'delivered', 'undelivered')
    THEN coalesce(accepted_at, created_at) END),
  ('delivered', delivered_at),
  ('failed', CASE WHEN status IN ('failed', 'undelivered') THEN status_updated_at END),
  ('received', CASE WHEN direction = 'in' THEN created_at END),
  ('replied', CASE WHEN direction = 'out' THEN replied_at END),
  ('spent', CASE WHEN charged AND (status <> 'failed' OR refund_due) THEN created_at END)
) AS event (what, happened_at)
WHERE happened_at IS NOT NULL
GROUP BY 1, 2, 3;

INSERT INTO daily_spend (org_id, day, cents)
SELECT org_id, (created_at AT TIME ZONE 'UTC')::date, sum(price_cents)
FROM sms_messages
WHERE direction = 'out' AND (status <> 'failed' OR refund_due)
  AND created_at >= date_trunc('day', now(), 'UTC')
GROUP BY 1, 2;
"""


def upgrade() -> None:
    for ddl in (HISTORY, USAGE, SPENDING, EXPORTS):
        op.execute(ddl)
    op.execute("SELECT set_config('app.scope', 'system', true)")
    op.execute(COUNT_EARLIER)
    isolate_by_org("usage_quarters", "sending_settings", "daily_spend", "message_exports")
