"""Store which billing settings changed in which version, so that the error 412 can name them."""

from alembic import op

from servicekit.db import versions

revision = "0050"
down_revision = "0015"
branch_labels = None
depends_on = None

_COLUMNS = ("min_balance_cents", "notify_emails", "sms_alert_to", "payer")


def upgrade() -> None:
    op.execute(versions.FUNCTION)
    op.execute(
        "ALTER TABLE billing_settings ADD COLUMN column_versions jsonb NOT NULL DEFAULT '{}'"
    )
    op.execute(versions.trigger("billing_settings", *_COLUMNS))
