"""Let an organisation say how many days its messages are kept. Null: for ever."""

from alembic import op

from servicekit.db import versions
from servicekit.db.row_security import isolate_by_org

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE message_retention (
  org_id uuid CONSTRAINT pk_message_retention PRIMARY KEY,
  days integer CONSTRAINT ck_message_retention_days CHECK (days >= 90),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version bigint NOT NULL DEFAULT 1,
  column_versions jsonb NOT NULL DEFAULT '{}'
)
"""


def upgrade() -> None:
    op.execute(_TABLE)
    isolate_by_org("message_retention")
    op.execute(versions.trigger("message_retention", "days"))
