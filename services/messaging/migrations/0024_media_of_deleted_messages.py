"""Mark the files of a message as deleted when it is deleted, so that a job deletes them."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# In the transaction of the deletion, whoever deletes the message. By the index: most deleted
# messages have no files, and the planner might read the whole table.
TRIGGER = """
CREATE FUNCTION drop_message_media() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $body$
BEGIN
  UPDATE message_media SET status = 'deleted'
  FROM stale
  WHERE message_media.message_id = stale.id AND message_media.org_id = stale.org_id;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_sms_messages_media_delete AFTER DELETE ON sms_messages
  REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION drop_message_media();
"""


def upgrade() -> None:
    op.execute(TRIGGER)
