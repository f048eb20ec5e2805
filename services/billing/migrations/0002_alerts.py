"""Create the tables of alerts and of the settings for them."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
-- org_name is how alerts call the organisation. alerted_at is when the last alert was due.
CREATE TABLE billing_settings (
  org_id uuid CONSTRAINT pk_billing_settings PRIMARY KEY,
  org_name text NOT NULL,
  min_balance_cents bigint NOT NULL
    CONSTRAINT ck_billing_settings_min_balance CHECK (min_balance_cents >= 0),
  notify_emails text[] NOT NULL
    CONSTRAINT ck_billing_settings_notify_emails CHECK (cardinality(notify_emails) <= 10),
  sms_alert_to text,
  alerted_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_billing_settings_alerts ON billing_settings (org_id) WHERE min_balance_cents > 0;

-- due_at is when to send the alert or, after it was claimed, when to try again.
CREATE TABLE notifications (
  id uuid CONSTRAINT pk_notifications PRIMARY KEY,
  org_id uuid NOT NULL,
  type text NOT NULL CONSTRAINT ck_notifications_type CHECK (type IN ('low_balance')),
  payload jsonb NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_notifications_org_id_id ON notifications (org_id, id DESC);
CREATE INDEX ix_notifications_due_at ON notifications (due_at) WHERE sent_at IS NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)
    isolate_by_org("billing_settings", "notifications")
