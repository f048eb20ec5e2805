"""Add columns for attachments of incoming messages, and for opt-out reviews."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# media_types has fewer entries than media_count if Twilio told only the count of attachments.
ATTACHMENTS = """
ALTER TABLE sms_messages
  ADD COLUMN media_count integer NOT NULL DEFAULT 0,
  ADD COLUMN media_types text[] NOT NULL DEFAULT '{}';
"""

# The message that may be an opt-out, and when it arrived. Few conversations have such a message.
REVIEWS = """
ALTER TABLE message_threads
  ADD COLUMN opt_out_review_since timestamptz,
  ADD COLUMN opt_out_review_message_id uuid,
  ADD CONSTRAINT ck_message_threads_opt_out_review
    CHECK ((opt_out_review_since IS NULL) = (opt_out_review_message_id IS NULL));
CREATE INDEX ix_message_threads_opt_out_review
  ON message_threads (org_id, last_message_at DESC, contact_id DESC)
  WHERE opt_out_review_since IS NOT NULL;
"""


def upgrade() -> None:
    for ddl in (ATTACHMENTS, REVIEWS):
        op.execute(ddl)
