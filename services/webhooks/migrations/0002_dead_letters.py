"""Let dead letters be discarded, and index them by consumer and status."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHANGES = """
ALTER TABLE webhook_dead_letters ADD COLUMN discarded_at timestamptz,
  ADD CONSTRAINT ck_webhook_dead_letters_end
    CHECK (replayed_at IS NULL OR discarded_at IS NULL);
DROP INDEX ix_webhook_dead_letters_waiting;
CREATE INDEX ix_webhook_dead_letters_waiting ON webhook_dead_letters (id)
  WHERE replayed_at IS NULL AND discarded_at IS NULL;
CREATE INDEX ix_webhook_dead_letters_replayed ON webhook_dead_letters (id)
  WHERE replayed_at IS NOT NULL;
CREATE INDEX ix_webhook_dead_letters_discarded ON webhook_dead_letters (id)
  WHERE discarded_at IS NOT NULL;
CREATE INDEX ix_webhook_dead_letters_consumer ON webhook_dead_letters (consumer, id);
"""


def upgrade() -> None:
    op.execute(_CHANGES)
