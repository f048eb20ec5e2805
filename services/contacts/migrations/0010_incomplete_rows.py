"""Count the contacts of which an unreadable cell was left out."""

from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_jobs ADD COLUMN incomplete bigint NOT NULL DEFAULT 0")
