"""Add the time, by Twilio's clock, of the first search for a message of unknown outcome."""

from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

# searched_since counts only for the attempt searched_attempt. For a later attempt it is ignored.
COLUMNS = """
ALTER TABLE sms_messages
  ADD COLUMN searched_since timestamptz,
  ADD COLUMN searched_attempt integer;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
