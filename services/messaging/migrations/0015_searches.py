"""When Twilio was first searched for a message of unknown fate, by Twilio's own clock."""

from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

# Of the attempt with that number: the note of an earlier one says nothing.
COLUMNS = """
ALTER TABLE sms_messages
  ADD COLUMN searched_since timestamptz,
  ADD COLUMN searched_attempt integer;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
