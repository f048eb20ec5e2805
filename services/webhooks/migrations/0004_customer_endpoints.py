"""Store the webhook endpoints of customers, the events for them and their deliveries."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE webhook_subscriptions (
  org_id uuid CONSTRAINT pk_webhook_subscriptions PRIMARY KEY,
  version bigint NOT NULL DEFAULT 1
);
CREATE TABLE webhook_endpoints (
  id uuid CONSTRAINT pk_webhook_endpoints PRIMARY KEY,
  org_id uuid NOT NULL,
  url text NOT NULL,
  description text NOT NULL,
  event_types text[] NOT NULL,
  max_per_second integer,
  secret text NOT NULL,
  old_secret text,
  old_secret_expires_at timestamptz,
  disabled_reason text,
  disabled_at timestamptz,
  failing_since timestamptz,
  warned_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  paused_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT ck_webhook_endpoints_disabled
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CONSTRAINT ck_webhook_endpoints_old_secret
    CHECK ((old_secret IS NULL) = (old_secret_expires_at IS NULL))
);
CREATE INDEX ix_webhook_endpoints_org ON webhook_endpoints (org_id, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_webhook_endpoints_failing ON webhook_endpoints (failing_since)
  WHERE failing_since IS NOT NULL AND disabled_at IS NULL AND deleted_at IS NULL;
CREATE TABLE webhook_events (
  id uuid CONSTRAINT pk_webhook_events PRIMARY KEY,
  org_id uuid NOT NULL,
  type text NOT NULL,
  occurred_at timestamptz NOT NULL,
  payload text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE webhook_deliveries (
  id uuid CONSTRAINT pk_webhook_deliveries PRIMARY KEY,
  org_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'pending',
  attempts integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_attempt_at timestamptz,
  duration_ms integer,
  response_code integer,
  response_body text,
  error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_webhook_deliveries_event UNIQUE (event_id, endpoint_id),
  CONSTRAINT ck_webhook_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed'))
);
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_attempt_at, id)
  WHERE status = 'pending';
CREATE INDEX ix_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX ix_webhook_deliveries_status ON webhook_deliveries (endpoint_id, status, id);
"""


def upgrade() -> None:
    op.execute(_TABLES)
    isolate_by_org(
        "webhook_subscriptions", "webhook_endpoints", "webhook_events", "webhook_deliveries"
    )
