"""Add an index of attendees by contact."""

from servicekit.db import online

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index(
        "ix_event_attendees_contact_id",
        "ON event_attendees (org_id, contact_id) WHERE contact_id IS NOT NULL",
    )
