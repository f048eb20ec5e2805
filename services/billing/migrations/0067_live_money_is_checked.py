"""Validate the constraints on test organisations for rows that existed before them."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE billing_transactions VALIDATE CONSTRAINT ck_billing_transactions_live")
    op.execute("ALTER TABLE user_balances VALIDATE CONSTRAINT ck_user_balances_live")
