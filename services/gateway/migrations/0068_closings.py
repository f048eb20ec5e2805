"""Add the closings of organisations, which stay as receipts when the organisation is deleted."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

# No reference to the organisation: the row outlives it.
_TABLE = """
CREATE TABLE closings (
  id uuid CONSTRAINT pk_closings PRIMARY KEY,
  org_id uuid NOT NULL,
  org_name text NOT NULL,
  reason text,
  closed_by uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  delete_at timestamptz NOT NULL,
  -- Whether an operator had suspended the organisation before. Null: not known yet.
  was_suspended boolean,
  suspended_at timestamptz,
  reopened_at timestamptz,
  resumed_at timestamptz,
  -- How many steps of the deletion are done, and where the service of the next one continues.
  step integer NOT NULL DEFAULT 0,
  step_cursor text NOT NULL DEFAULT '',
  counts jsonb NOT NULL DEFAULT '{}',
  waiting_for text,
  next_step_at timestamptz NOT NULL DEFAULT now(),
  deletion_began_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT ck_closings_reopened CHECK (reopened_at IS NULL OR deletion_began_at IS NULL)
);
CREATE UNIQUE INDEX uq_closings_closed ON closings (org_id) WHERE reopened_at IS NULL;
CREATE INDEX ix_closings_unfinished ON closings (next_step_at) WHERE finished_at IS NULL;
"""


def upgrade() -> None:
    op.execute(_TABLE)
    isolate_by_org("closings")
