"""Store notices, which notifications each user has read, and who opened a top-up."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE notices (
  id uuid CONSTRAINT pk_notices PRIMARY KEY,
  org_id uuid NOT NULL,
  type text NOT NULL,
  message text NOT NULL,
  entity_type text NOT NULL,
  entity_id text NOT NULL,
  user_id uuid,
  created_at timestamptz NOT NULL
);
CREATE INDEX ix_notices_org_id_id ON notices (org_id, id DESC);

-- All notifications up to read_until are read by the user.
CREATE TABLE notification_marks (
  user_id uuid CONSTRAINT pk_notification_marks PRIMARY KEY,
  org_id uuid NOT NULL,
  read_until uuid NOT NULL,
  read_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE notification_reads (
  user_id uuid NOT NULL,
  notification_id uuid NOT NULL,
  org_id uuid NOT NULL,
  read_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_notification_reads PRIMARY KEY (user_id, notification_id)
);

ALTER TABLE topups ADD COLUMN by_user_id uuid;
"""


def upgrade() -> None:
    op.execute(TABLES)
    isolate_by_org("notices", "notification_marks", "notification_reads")
