"""Give attendees a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns for versions, and the trigger that counts changes."""
    op.execute(f"ALTER TABLE event_attendees {versions.COLUMNS}")
    op.execute(
        versions.trigger("event_attendees", "first_name", "last_name", "phone", "rsvp_status")
    )
