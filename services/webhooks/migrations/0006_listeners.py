"""Store listeners: programs of customers that fetch events themselves."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE webhook_listeners (
  id uuid CONSTRAINT pk_webhook_listeners PRIMARY KEY,
  org_id uuid NOT NULL,
  event_types text[] NOT NULL,
  secret text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  fetched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_webhook_listeners_org ON webhook_listeners (org_id, id);
CREATE INDEX ix_webhook_listeners_fetched ON webhook_listeners (fetched_at);
"""


def upgrade() -> None:
    op.execute(_TABLE)
    isolate_by_org("webhook_listeners")
