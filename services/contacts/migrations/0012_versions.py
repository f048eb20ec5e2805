"""Give contacts a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Tags are in a table of their own. Each change of a contact's tags also changes its tags_version.
COLUMNS = f"""
ALTER TABLE contacts {versions.COLUMNS}, ADD COLUMN tags_version bigint NOT NULL DEFAULT 0
"""

TRIGGER = versions.trigger(
    "contacts",
    "phone",
    "first_name",
    "last_name",
    "email",
    "time_zone",
    "opted_out_at",
    "tags_version",
)


def upgrade() -> None:
    op.execute(versions.FUNCTION)
    op.execute(COLUMNS)
    op.execute(TRIGGER)
