"""Add a table for the pictures and other files that come with incoming messages."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MEDIA = """
CREATE TABLE message_media (
  id uuid CONSTRAINT pk_message_media PRIMARY KEY,
  org_id uuid NOT NULL,
  message_id uuid NOT NULL,
  position integer NOT NULL,
  source_url text NOT NULL,
  -- As Twilio names it when it is fetched; until then as the message names it.
  media_type text,
  status text NOT NULL DEFAULT 'waiting'
    CONSTRAINT ck_message_media_status CHECK (status IN ('waiting', 'stored', 'failed', 'deleted')),
  failure text,
  size_bytes bigint,
  attempts integer NOT NULL DEFAULT 0,
  next_step_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_message_media_position UNIQUE (message_id, position)
);
CREATE INDEX ix_message_media_waiting ON message_media (next_step_at) WHERE status = 'waiting';
CREATE INDEX ix_message_media_deleted ON message_media (id) WHERE status = 'deleted';
"""


def upgrade() -> None:
    op.execute(MEDIA)
    isolate_by_org("message_media")
