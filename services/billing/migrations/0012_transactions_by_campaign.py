"""Index of the transactions of a campaign."""

from servicekit.db import online

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_billing_transactions_campaign",
        "ON billing_transactions (org_id, campaign_id, id DESC) WHERE campaign_id IS NOT NULL",
    )
