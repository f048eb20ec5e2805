"""Store which organisations have webhook endpoints, and for which events."""

from alembic import op

from servicekit import customer_events
from servicekit.db.row_security import isolate_by_org

revision = "0040"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(customer_events.DDL)
    isolate_by_org("webhook_subscribers")
