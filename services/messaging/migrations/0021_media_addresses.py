"""Add the URLs at which Twilio stores the attachments of a message."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sms_messages ADD COLUMN media_urls text[] NOT NULL DEFAULT '{}'")
