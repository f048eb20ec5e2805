"""Record the items that a job fails to process. The job then tries them less often."""

from alembic import op

from servicekit import failing_items
from servicekit.db.row_security import isolate_by_org

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(failing_items.DDL)
    isolate_by_org("failing_items")
