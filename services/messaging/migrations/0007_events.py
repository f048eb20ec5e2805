"""Add columns for event messages: their event, attempts and last callback."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE sms_messages
  -- The account and the messaging service that it was last tried with.
  ADD COLUMN account_sid text,
  ADD COLUMN messaging_service_sid text,
  -- The payload of the last callback, and when it arrived. Only for event messages, and for
  -- messages that are known from callbacks only.
  ADD COLUMN raw_payload jsonb,
  ADD COLUMN raw_payload_at timestamptz,
  ADD COLUMN event_id uuid,
  ADD COLUMN attendee_id uuid,
  ADD COLUMN notification_type text CONSTRAINT ck_sms_messages_notification_type
    CHECK (notification_type IN ('invitation', 'rsvp_reminder', 'match_reveal', 'event_reminder',
      'new_rsvps', 'question_set')),
  -- The first attempt at the text, where this is a later one.
  ADD COLUMN retry_of uuid,
  ADD CONSTRAINT ck_sms_messages_event
    CHECK (num_nonnulls(event_id, attendee_id, notification_type) IN (0, 3)),
  ADD CONSTRAINT ck_sms_messages_raw_payload
    CHECK ((raw_payload IS NULL) = (raw_payload_at IS NULL));
"""

# These indexes contain only event messages. The second is small, because many of its entries are
# equal; an event's messages are counted in it without reading the table. The third has few entries.
INDEXES = """
CREATE INDEX ix_sms_messages_attendee ON sms_messages (org_id, event_id, attendee_id, id DESC)
  WHERE event_id IS NOT NULL;
CREATE INDEX ix_sms_messages_event ON sms_messages (org_id, event_id, status, notification_type)
  WHERE event_id IS NOT NULL;
CREATE INDEX ix_sms_messages_event_failed
  ON sms_messages (org_id, event_id, created_at DESC, id DESC)
  WHERE event_id IS NOT NULL AND status IN ('failed', 'undelivered');
CREATE INDEX ix_sms_messages_retry_of ON sms_messages (org_id, retry_of)
  WHERE retry_of IS NOT NULL;
"""


# If all messages of a campaign wait for the end of quiet hours, none is pending, but the campaign
# is still being sent.
RUNNING = "ALTER TABLE campaign_counts ADD COLUMN running boolean NOT NULL DEFAULT false"


def upgrade() -> None:
    for ddl in (COLUMNS, INDEXES, RUNNING):
        op.execute(ddl)
