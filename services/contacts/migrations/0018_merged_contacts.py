"""Store which contact a deleted contact was merged into, so that a repeated request finds it."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE contacts ADD COLUMN merged_into uuid")
