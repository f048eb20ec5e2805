"""Validate the constraints on test organisations for rows that existed before them."""

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE twilio_subaccounts VALIDATE CONSTRAINT ck_twilio_subaccounts_test")
    op.execute("ALTER TABLE twilio_api_keys VALIDATE CONSTRAINT ck_twilio_api_keys_test")
