"""Check the existing rows of the constraints on test organisations."""

from alembic import op

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE billing_transactions VALIDATE CONSTRAINT ck_billing_transactions_live")
    op.execute("ALTER TABLE user_balances VALIDATE CONSTRAINT ck_user_balances_live")
