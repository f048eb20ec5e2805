"""Add tables for bulk changes of contacts, which run in the background."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# The contacts are found once, and then changed in the order of their ids up to last_contact_id.
BULK_CHANGES = """
CREATE TABLE bulk_changes (
  id uuid CONSTRAINT pk_bulk_changes PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid,
  action text NOT NULL CONSTRAINT ck_bulk_changes_action CHECK (action IN (
    'add_tags', 'remove_tags', 'add_to_list', 'remove_from_list', 'opt_out', 'delete'
  )),
  tags jsonb NOT NULL DEFAULT '[]',
  list_id uuid,
  filter jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT ck_bulk_changes_status CHECK (
    status IN ('pending', 'running', 'done', 'refused', 'failed', 'cancelled')
  ),
  expected_count bigint NOT NULL,
  matched bigint,
  processed bigint NOT NULL DEFAULT 0,
  changed bigint NOT NULL DEFAULT 0,
  last_contact_id uuid,
  failure text,
  attempts integer NOT NULL DEFAULT 0,
  leased_until timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX ix_bulk_changes_org_id_id ON bulk_changes (org_id, id DESC);
CREATE INDEX ix_bulk_changes_open ON bulk_changes (leased_until)
  WHERE status IN ('pending', 'running');

CREATE TABLE bulk_change_contacts (
  change_id uuid NOT NULL CONSTRAINT fk_bulk_change_contacts_change_id
    REFERENCES bulk_changes (id) ON DELETE CASCADE,
  contact_id uuid NOT NULL,
  org_id uuid NOT NULL,
  CONSTRAINT pk_bulk_change_contacts PRIMARY KEY (change_id, contact_id)
);
"""


def upgrade() -> None:
    op.execute(BULK_CHANGES)
    isolate_by_org("bulk_changes", "bulk_change_contacts")
