"""Store with each transaction its cause and the balance after it, and allow transfers."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# NOT VALID: existing rows satisfy the narrower constraint that is dropped.
CHANGES = """
ALTER TABLE billing_transactions
  ADD COLUMN balance_after_cents bigint,
  ADD COLUMN by_user_id uuid,
  ADD COLUMN campaign_id uuid,
  DROP CONSTRAINT ck_billing_transactions_source,
  ADD CONSTRAINT ck_billing_transactions_source
    CHECK (source IN ('stripe', 'sms', 'admin_adjust', 'number', 'transfer')) NOT VALID;
"""


def upgrade() -> None:
    op.execute(CHANGES)
