"""Add the erasures of people."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0066"
down_revision = "0064"
branch_labels = None
depends_on = None

# The numbers and contacts of the person are deleted when the erasure is finished.
_TABLE = """
CREATE TABLE erasures (
  id uuid CONSTRAINT pk_erasures PRIMARY KEY,
  org_id uuid NOT NULL CONSTRAINT fk_erasures_org_id REFERENCES orgs (id),
  requested_by uuid NOT NULL,
  phone text,
  phones text[] NOT NULL DEFAULT '{}',
  contact_ids uuid[] NOT NULL DEFAULT '{}',
  -- How many steps are done, and where the service of the next one continues.
  step integer NOT NULL DEFAULT 0,
  step_cursor text NOT NULL DEFAULT '',
  counts jsonb NOT NULL DEFAULT '{}',
  waiting_for text,
  next_step_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CONSTRAINT ck_erasures_finished CHECK ((finished_at IS NULL) = (phone IS NOT NULL))
);
CREATE INDEX ix_erasures_org_id ON erasures (org_id, id DESC);
CREATE UNIQUE INDEX uq_erasures_unfinished ON erasures (org_id, phone) WHERE finished_at IS NULL;
CREATE INDEX ix_erasures_due ON erasures (next_step_at) WHERE finished_at IS NULL;
"""


def upgrade() -> None:
    op.execute(_TABLE)
    isolate_by_org("erasures")
