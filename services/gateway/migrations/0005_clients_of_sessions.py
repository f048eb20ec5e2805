"""Store the client of each session, and when the session was last used."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE sessions
  ADD COLUMN address text,
  ADD COLUMN user_agent text,
  ADD COLUMN last_used_at timestamptz;
"""


def upgrade() -> None:
    op.execute(_COLUMNS)
