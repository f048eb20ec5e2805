"""Move the messages and the conversation of a merged contact to the contact that is kept."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note

# A campaign has at most one message for each contact. If both contacts have one, neither is moved.
_MOVE_MESSAGES = text("""
UPDATE sms_messages SET contact_id = :contact_id
WHERE org_id = :org_id AND id IN (
  SELECT message.id FROM sms_messages AS message
  WHERE message.org_id = :org_id AND message.contact_id = :merged_id AND NOT EXISTS (
    SELECT FROM sms_messages AS other
    WHERE other.org_id = :org_id AND other.campaign_id = message.campaign_id
      AND other.contact_id = :contact_id
  )
  ORDER BY message.id LIMIT :limit
)
""")

# The joined conversation shows the later of the two last messages, and the number of that message.
_JOIN_CONVERSATIONS = text("""
WITH gone AS (
  DELETE FROM message_threads WHERE org_id = :org_id AND contact_id = :merged_id RETURNING *
)
INSERT INTO message_threads AS thread (
  org_id, contact_id, phone, last_message, last_message_at, unread_count, archived_at,
  opt_out_review_since, opt_out_review_message_id
)
SELECT org_id, CAST(:contact_id AS uuid), phone, last_message, last_message_at, unread_count,
  archived_at, opt_out_review_since, opt_out_review_message_id
FROM gone
ON CONFLICT (contact_id) DO UPDATE SET
  phone = CASE WHEN excluded.last_message_at > thread.last_message_at
    THEN excluded.phone ELSE thread.phone END,
  last_message = CASE WHEN excluded.last_message_at > thread.last_message_at
    THEN excluded.last_message ELSE thread.last_message END,
  last_message_at = greatest(thread.last_message_at, excluded.last_message_at),
  unread_count = thread.unread_count + excluded.unread_count,
  archived_at = CASE WHEN thread.archived_at IS NOT NULL THEN excluded.archived_at END,
  opt_out_review_since = coalesce(thread.opt_out_review_since, excluded.opt_out_review_since),
  opt_out_review_message_id =
    coalesce(thread.opt_out_review_message_id, excluded.opt_out_review_message_id)
""")

_MOVE_SCHEDULED = text("""
UPDATE scheduled_recipients SET contact_id = :contact_id
WHERE org_id = :org_id AND contact_id = :merged_id AND state = 'waiting'
""")

_MOVE_SKIPS = text("""
WITH gone AS (
  DELETE FROM campaign_skips WHERE org_id = :org_id AND contact_id = :merged_id RETURNING *
)
INSERT INTO campaign_skips (campaign_id, contact_id, org_id, reason)
SELECT campaign_id, CAST(:contact_id AS uuid), org_id, reason FROM gone ORDER BY campaign_id
ON CONFLICT DO NOTHING
""")


async def move_messages(
    connection: AsyncConnection, org_id: UUID, merged_id: UUID, contact_id: UUID, limit: int
) -> int:
    """Move up to `limit` messages of the merged contact. Returns the count of moved ones."""
    values = {**_ids(org_id, merged_id, contact_id), "limit": limit}
    return (await connection.execute(_MOVE_MESSAGES, values)).rowcount


async def move_others(
    connection: AsyncConnection, org_id: UUID, merged_id: UUID, contact_id: UUID
) -> None:
    """Join the conversations of two contacts, and move everything but messages.

    These are scheduled sends and the recipients that campaigns have skipped.
    """
    for statement in (_JOIN_CONVERSATIONS, _MOVE_SCHEDULED, _MOVE_SKIPS):
        await connection.execute(statement, _ids(org_id, merged_id, contact_id))
    note(
        connection,
        *(Hint(org_id, Topic.CONVERSATION, each) for each in (merged_id, contact_id)),
    )


def _ids(org_id: UUID, merged_id: UUID, contact_id: UUID) -> dict[str, UUID]:
    return {"org_id": org_id, "merged_id": merged_id, "contact_id": contact_id}
