"""Store when a template was last used for a single message or an event message."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. It is null for templates that have not been used since."""
    op.execute("ALTER TABLE sms_templates ADD COLUMN last_used_at timestamptz")
