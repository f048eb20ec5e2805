"""Remove the index that allowed a phone number in one organisation only, of either mode."""

from servicekit.db import online

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index. ``uq_twilio_numbers_live`` replaces it."""
    online.drop_index("uq_twilio_numbers_owned")
