"""Give endpoints a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = ("url", "description", "event_types", "max_per_second")


def upgrade() -> None:
    """Add the columns of the versions, and the trigger that raises the version."""
    op.execute(versions.FUNCTION)
    op.execute(f"ALTER TABLE webhook_endpoints {versions.COLUMNS}")
    op.execute(versions.trigger("webhook_endpoints", *_COLUMNS))
