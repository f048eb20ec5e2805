"""Store when a person opted out in answer to a campaign's message."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sms_messages ADD COLUMN opted_out_at timestamptz")
