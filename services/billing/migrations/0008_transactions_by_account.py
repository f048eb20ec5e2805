"""Index of the transactions of an account by id, for seals."""

from servicekit.db import online

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_billing_transactions_user_id_id",
        "ON billing_transactions (user_id, id)",
    )
