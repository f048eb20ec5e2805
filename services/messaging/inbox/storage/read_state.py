"""Read and unread state of conversations.

A change locks the conversation first, in a statement of its own, so that the next statement sees
everything that was committed before. That keeps the unread count correct under concurrent changes:
an incoming message that is not committed yet adds itself to the count afterwards.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.inbox.storage.conversations import Conversation

_LOCK = text("""
SELECT FROM message_threads WHERE org_id = :org_id AND contact_id = :contact_id FOR UPDATE
""")

_MARK = text("""
UPDATE sms_messages
SET read_at = CASE WHEN :read THEN coalesce(read_at, now()) END
WHERE org_id = :org_id AND id = :id AND direction = 'in'
""")

_MARK_ALL = text("""
UPDATE sms_messages SET read_at = now()
WHERE org_id = :org_id AND contact_id = :contact_id AND direction = 'in' AND read_at IS NULL
""")

_COUNT = text("""
UPDATE message_threads SET unread_count = (
  SELECT count(*) FROM sms_messages AS message
  WHERE message.org_id = :org_id AND message.contact_id = :contact_id
    AND message.direction = 'in' AND message.read_at IS NULL
)
WHERE org_id = :org_id AND contact_id = :contact_id
RETURNING contact_id, phone, last_message, last_message_at, unread_count, archived_at,
  opt_out_review_since, opt_out_review_message_id
""")


async def mark(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, message_id: UUID, read: bool
) -> None:
    """Mark an incoming message as read or unread.

    If it is marked as read several times, the first time is kept.
    """
    conversation = {"org_id": org_id, "contact_id": contact_id}
    await connection.execute(_LOCK, conversation)
    await connection.execute(_MARK, {"org_id": org_id, "id": message_id, "read": read})
    await connection.execute(_COUNT, conversation)


async def mark_all(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID
) -> Conversation | None:
    """Mark every message of a contact as read. Returns None if there is no conversation."""
    conversation = {"org_id": org_id, "contact_id": contact_id}
    await connection.execute(_LOCK, conversation)
    await connection.execute(_MARK_ALL, conversation)
    row = (await connection.execute(_COUNT, conversation)).first()
    return Conversation(*row) if row else None
