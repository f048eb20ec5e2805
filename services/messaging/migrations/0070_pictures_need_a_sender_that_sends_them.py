"""Keep senders of the previous release from claiming messages with pictures.

They would send the text without its pictures. A sender that can send pictures says so in its
transaction. If any other sender claims a message with pictures, its update skips the row.
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION claim_pictures() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF current_setting('smsblaster.sends_pictures', true) = 'on' THEN
    RETURN NEW;
  END IF;
  RETURN NULL;
END $body$;
"""

_TRIGGER = """
CREATE TRIGGER tr_sms_messages_pictures BEFORE UPDATE ON sms_messages FOR EACH ROW
WHEN (OLD.status = 'pending' AND NEW.status = 'sending' AND NEW.media_urls <> '{}')
EXECUTE FUNCTION claim_pictures()
"""


def upgrade() -> None:
    """Create the trigger that skips messages with pictures."""
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)
