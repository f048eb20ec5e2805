"""Store merges of contacts, so that the rows of a merged contact can move to the kept contact."""

from alembic import op

from servicekit import contact_merges
from servicekit.db.row_security import isolate_by_org

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(contact_merges.DDL)
    isolate_by_org("contact_merges")
