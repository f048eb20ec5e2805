"""Add columns for a message's encoding and error, and indexes for event messages by time."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE sms_messages
  -- Whether it was counted, and is sent, with look-alikes of GSM-7 characters replaced. Null for
  -- messages older than this column, which are sent as the messaging service's setting says.
  ADD COLUMN smart_encoded boolean,
  -- The explanation of its error code when it failed. Null for older failures: theirs is
  -- looked up by the code.
  ADD COLUMN error_message text;
"""


# Two of the five indexes in the specification of the SMS history: (attendeeId, createdAt) and
# (eventId, createdAt). The other three exist with other names: the SID has a unique index, and two
# wider indexes begin with (status, createdAt) and (eventId, status).
INDEXES = """
CREATE INDEX ix_sms_messages_attendee_created
  ON sms_messages (org_id, attendee_id, created_at DESC, id DESC) WHERE event_id IS NOT NULL;
CREATE INDEX ix_sms_messages_event_created
  ON sms_messages (org_id, event_id, created_at DESC, id DESC) WHERE event_id IS NOT NULL;
"""


def upgrade() -> None:
    """Add the columns of messages and the indexes for event messages."""
    op.execute(COLUMNS)
    op.execute(INDEXES)
