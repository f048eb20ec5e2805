"""Create the table of retries of all failed messages of an event."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_RETRIES = """
CREATE TABLE event_sms_retries (
  id uuid CONSTRAINT pk_event_sms_retries PRIMARY KEY,
  org_id uuid NOT NULL,
  event_id uuid NOT NULL
    CONSTRAINT fk_event_sms_retries_event_id REFERENCES events (id) ON DELETE CASCADE,
  -- Only messages to these attendees. Empty for all.
  attendee_ids uuid[] NOT NULL,
  force boolean NOT NULL,
  status text NOT NULL DEFAULT 'running' CONSTRAINT ck_event_sms_retries_status
    CHECK (status IN ('running', 'done', 'stopped', 'cancelled')),
  status_reason text,
  total bigint NOT NULL,
  retried bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  -- How many messages were refused, by reason.
  refusals jsonb NOT NULL DEFAULT '{}',
  -- The last message that was tried, the messages that are being tried, and the last one to try.
  after_message_id uuid,
  batch uuid[] NOT NULL DEFAULT '{}',
  until_message_id uuid NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
)
"""
_INDEXES = """
CREATE UNIQUE INDEX uq_event_sms_retries_running ON event_sms_retries (event_id)
  WHERE status = 'running';
CREATE INDEX ix_event_sms_retries_event_id ON event_sms_retries (event_id, id DESC);
CREATE INDEX ix_event_sms_retries_running ON event_sms_retries (id) WHERE status = 'running';
"""


def upgrade() -> None:
    """Create the table of retries and its indexes."""
    op.execute(_RETRIES)
    op.execute(_INDEXES)
    isolate_by_org("event_sms_retries")
