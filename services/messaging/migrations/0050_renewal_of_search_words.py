"""Add a table that stores up to which message the search words have been renewed."""

from alembic import op

revision = "0050"
down_revision = "0026"
branch_labels = None
depends_on = None

# One row for each version of the words. Messages are renewed by organisation, then by id.
PROGRESS = """
CREATE TABLE message_search_renewals (
  words_version integer CONSTRAINT pk_message_search_renewals PRIMARY KEY,
  after_org_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  after_message_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  finished_at timestamptz
);
"""


def upgrade() -> None:
    op.execute(PROGRESS)
