"""Add tables for texts, batches and replies that are sent at a given time."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# `due_at` is when the next turn is due: the time to send, the end of quiet hours, or the end of the
# lease of the process that is sending it.
SENDS = """
CREATE TABLE scheduled_sends (
  id uuid CONSTRAINT pk_scheduled_sends PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  operation_id uuid,
  kind text NOT NULL
    CONSTRAINT ck_scheduled_sends_kind CHECK (kind IN ('text', 'batch', 'reply')),
  status text NOT NULL DEFAULT 'scheduled'
    CONSTRAINT ck_scheduled_sends_status CHECK (
      status IN ('scheduled', 'sending', 'held', 'sent', 'failed', 'cancelled')
    ),
  status_reason text,
  body text NOT NULL,
  from_number text,
  send_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  respect_quiet_hours boolean NOT NULL,
  lease_token uuid,
  confirmed_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX uq_scheduled_sends_operation ON scheduled_sends (org_id, operation_id)
  WHERE operation_id IS NOT NULL;
CREATE INDEX ix_scheduled_sends_due ON scheduled_sends (due_at)
  WHERE status IN ('scheduled', 'sending');
CREATE INDEX ix_scheduled_sends_open ON scheduled_sends (org_id, send_at, id)
  WHERE status IN ('scheduled', 'sending', 'held');
CREATE INDEX ix_scheduled_sends_status ON scheduled_sends (org_id, status, send_at, id);
CREATE INDEX ix_scheduled_sends_finished ON scheduled_sends (updated_at)
  WHERE status IN ('sent', 'failed', 'cancelled');

CREATE TABLE scheduled_recipients (
  scheduled_id uuid NOT NULL
    CONSTRAINT fk_scheduled_recipients_scheduled_id REFERENCES scheduled_sends (id)
    ON DELETE CASCADE,
  position integer NOT NULL,
  org_id uuid NOT NULL,
  number text NOT NULL,
  phone text NOT NULL,
  -- Null if the request was refused for this recipient.
  contact_id uuid,
  segments integer NOT NULL,
  price_cents bigint NOT NULL,
  smart_encoded boolean NOT NULL,
  state text NOT NULL DEFAULT 'waiting'
    CONSTRAINT ck_scheduled_recipients_state CHECK (state IN ('waiting', 'sent', 'refused')),
  message_id uuid,
  refusal_code text,
  refusal text,
  CONSTRAINT pk_scheduled_recipients PRIMARY KEY (scheduled_id, position)
);
"""


def upgrade() -> None:
    op.execute(SENDS)
    isolate_by_org("scheduled_sends", "scheduled_recipients")
