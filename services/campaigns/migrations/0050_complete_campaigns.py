"""Check that stored campaigns that are no drafts have a text and recipients."""

from alembic import op

revision = "0050"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE sms_campaigns VALIDATE CONSTRAINT ck_sms_campaigns_complete")
