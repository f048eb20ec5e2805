"""Record items on which a job fails, with the cause, so that they are tried less often."""

from alembic import op

from servicekit import failing_items
from servicekit.db.row_security import isolate_by_org

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(failing_items.DDL)
    isolate_by_org("failing_items")
