"""Give contact lists a filter: the members of such a list are the contacts that match."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Null: the list is not a segment.
SEGMENTS = "ALTER TABLE contact_lists ADD COLUMN filter jsonb"


def upgrade() -> None:
    op.execute(SEGMENTS)
