"""Store merges of contacts. Messages and conversations move to the contact that is kept."""

from alembic import op

from servicekit import contact_merges
from servicekit.db.row_security import isolate_by_org

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(contact_merges.DDL)
    isolate_by_org("contact_merges")
