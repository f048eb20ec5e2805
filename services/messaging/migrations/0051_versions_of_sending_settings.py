"""Give spending limits a version, so that nobody overwrites a change that they have not seen."""

from alembic import op

from servicekit.db import versions

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_COLUMNS = ("allowed_countries", "max_price_cents_per_message", "daily_spend_cap_cents")


def upgrade() -> None:
    op.execute(versions.FUNCTION)
    op.execute(f"ALTER TABLE sending_settings {versions.COLUMNS}")
    op.execute(versions.trigger("sending_settings", *_COLUMNS))
