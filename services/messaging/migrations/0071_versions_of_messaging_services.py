"""Give messaging services a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns with the versions, and the trigger that updates them."""
    op.execute(f"ALTER TABLE twilio_messaging_services {versions.COLUMNS}")
    op.execute(versions.trigger("twilio_messaging_services", "sticky_sender", "smart_encoding"))
