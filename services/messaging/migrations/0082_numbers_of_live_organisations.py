"""Add an index that keeps a phone number with one live organisation.

All test organisations have the same number, so the next migration drops the index over all
organisations.
"""

from servicekit.db import online

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    online.create_index(
        "uq_twilio_numbers_live",
        "ON twilio_numbers (phone_number)"
        " WHERE released_at IS NULL AND uuid_extract_version(org_id) IS DISTINCT FROM 8",
        unique=True,
    )
