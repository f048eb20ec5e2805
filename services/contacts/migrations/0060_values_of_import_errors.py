"""The value at fault of each error of an import. Errors from before have an empty one."""

from alembic import op

revision = "0060"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_job_errors ADD COLUMN value text NOT NULL DEFAULT ''")
