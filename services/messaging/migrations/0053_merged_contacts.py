"""Add the merges of contacts, whose messages and conversations move to the contact that is kept."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

MERGES = """
CREATE TABLE contact_merges (
  org_id uuid NOT NULL,
  merged_id uuid NOT NULL,
  contact_id uuid NOT NULL,
  phone text NOT NULL,
  -- By the clock of the contacts service, which orders merges.
  merged_at timestamptz NOT NULL,
  moved_at timestamptz,
  CONSTRAINT pk_contact_merges PRIMARY KEY (org_id, merged_id, merged_at)
);
"""


def upgrade() -> None:
    op.execute(MERGES)
    isolate_by_org("contact_merges")
