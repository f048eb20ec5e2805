"""Store the wrong value with each error of an import. Older errors have an empty value."""

from alembic import op

revision = "0060"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_job_errors ADD COLUMN value text NOT NULL DEFAULT ''")
