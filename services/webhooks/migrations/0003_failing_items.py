"""Record items that a job can't process, and list them with the dead letters."""

from alembic import op

from servicekit import failing_items
from servicekit.db.row_security import isolate_by_org

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A dead letter of a bus message has no last_failed_at, since created_at is its last attempt.
_CHANGES = """
ALTER TABLE webhook_dead_letters
  ADD COLUMN org_id uuid,
  ADD COLUMN last_failed_at timestamptz,
  ADD COLUMN resolved_at timestamptz;
DROP INDEX ix_webhook_dead_letters_waiting;
CREATE INDEX ix_webhook_dead_letters_waiting ON webhook_dead_letters (id)
  WHERE replayed_at IS NULL AND discarded_at IS NULL AND resolved_at IS NULL;
CREATE INDEX ix_webhook_dead_letters_resolved ON webhook_dead_letters (id)
  WHERE resolved_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(failing_items.DDL)
    isolate_by_org("failing_items")
    op.execute(_CHANGES)
    isolate_by_org("webhook_dead_letters")
