"""Remove the index that allowed a phone number in one organisation only, of either mode."""

from servicekit.db import online

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index. ``uq_twilio_numbers_live`` replaces it."""
    online.drop_index("uq_twilio_numbers_owned")
