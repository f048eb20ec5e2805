"""Allow alerts about automatic top-ups that failed."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

# NOT VALID: existing rows satisfy the narrower constraint that is dropped.
CHANGES = """
ALTER TABLE notifications
  DROP CONSTRAINT ck_notifications_type,
  ADD CONSTRAINT ck_notifications_type CHECK (
    type IN (
      'low_balance', 'numbers_due', 'numbers_unpaid', 'numbers_released', 'automatic_topup_failed'
    )
  ) NOT VALID;
"""


def upgrade() -> None:
    op.execute(CHANGES)
