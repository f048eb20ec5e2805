"""Index of all transactions but the charges for messages, which outnumber the others."""

from servicekit.db import online

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_billing_transactions_rare",
        "ON billing_transactions (org_id, id DESC) WHERE NOT (source = 'sms' AND type = 'debit')",
    )
