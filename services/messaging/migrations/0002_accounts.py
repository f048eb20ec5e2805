"""What an organisation's Twilio account has besides: keys, balance, lookups."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
