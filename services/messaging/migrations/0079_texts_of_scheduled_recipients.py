"""Let recipients of a scheduled batch have a text, a reference and metadata of their own."""

from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

# Null means that of the scheduled send.
COLUMNS = """
ALTER TABLE scheduled_recipients
  ADD COLUMN own_body text,
  ADD COLUMN reference text,
  ADD COLUMN metadata jsonb
"""


def upgrade() -> None:
    op.execute(COLUMNS)
