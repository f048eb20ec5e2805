"""Create the webhook log and the dead letters."""

from alembic import op

from servicekit import jobs
from servicekit.bus import inbox, outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhook_logs (
  id uuid CONSTRAINT pk_webhook_logs PRIMARY KEY,
  source text NOT NULL CONSTRAINT ck_webhook_logs_source CHECK (
    source IN ('twilio_incoming', 'twilio_status', 'twilio_compliance', 'stripe')
  ),
  external_id text NOT NULL,
  -- Null for Stripe, whose events name no organisation.
  org_id uuid,
  message_id uuid,
  payload bytea NOT NULL,
  -- Null if the bus stored the webhook while this database could not be reached.
  signature text,
  received_at timestamptz NOT NULL,
  processed_at timestamptz,
  success boolean,
  error text,
  -- How often it was published again because no consumer had handled it.
  attempts integer NOT NULL DEFAULT 0 CONSTRAINT ck_webhook_logs_attempts CHECK (attempts >= 0),
  next_attempt_at timestamptz NOT NULL,
  CONSTRAINT uq_webhook_logs_external_id UNIQUE (source, external_id),
  CONSTRAINT ck_webhook_logs_outcome CHECK ((processed_at IS NULL) = (success IS NULL))
);
CREATE INDEX ix_webhook_logs_due ON webhook_logs (next_attempt_at) WHERE processed_at IS NULL;
CREATE INDEX ix_webhook_logs_received_at ON webhook_logs (received_at);

CREATE TABLE webhook_dead_letters (
  id uuid CONSTRAINT pk_webhook_dead_letters PRIMARY KEY,
  consumer text NOT NULL,
  subject text NOT NULL,
  message_id text NOT NULL,
  payload bytea NOT NULL,
  error text NOT NULL,
  attempts integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  replayed_at timestamptz
);
CREATE INDEX ix_webhook_dead_letters_waiting ON webhook_dead_letters (id)
  WHERE replayed_at IS NULL;
CREATE INDEX ix_webhook_dead_letters_created_at ON webhook_dead_letters (created_at);
"""


def upgrade() -> None:
    for ddl in (TABLES, outbox.DDL, inbox.DDL, jobs.DDL):
        op.execute(ddl)
    isolate_by_org("webhook_logs")
