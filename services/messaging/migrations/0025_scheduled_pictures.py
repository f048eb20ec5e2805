"""Add the pictures of scheduled sends."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE scheduled_sends ADD COLUMN media_urls text[] NOT NULL DEFAULT '{}'")
