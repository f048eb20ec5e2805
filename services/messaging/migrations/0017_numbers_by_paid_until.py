"""Add an index of phone numbers, sorted by the time until which they are paid."""

from servicekit.db import online

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_twilio_numbers_paid_until",
        "ON twilio_numbers (paid_until) WHERE released_at IS NULL",
    )
