"""Let an organisation say how many days its audit log is kept. Null: for ever."""

from alembic import op

from servicekit.db import versions

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE orgs ADD COLUMN audit_log_days integer")
    op.execute("DROP TRIGGER tr_orgs_version ON orgs")
    op.execute(
        versions.trigger("orgs", "name", "time_zone", "second_factor_required", "audit_log_days")
    )
