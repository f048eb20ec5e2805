"""Store failing items of jobs, with their cause and the time of their next attempt."""

from alembic import op

from servicekit import failing_items
from servicekit.db.row_security import isolate_by_org

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(failing_items.DDL)
    isolate_by_org("failing_items")
