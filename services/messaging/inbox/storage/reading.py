"""What of a conversation is read.

Whoever changes that locks the conversation first, in a statement of its own: the next one sees
what was committed until then. So the count of unread messages is right whatever happens at once;
an incoming text that is not committed yet adds itself to it afterwards.
"""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

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
RETURNING *
""")


async def mark(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, message_id: UUID, read: bool
) -> None:
    """Mark an incoming message of a contact as read or unread; when it was read first stands."""
    thread = {"org_id": org_id, "contact_id": contact_id}
    await connection.execute(_LOCK, thread)
    await connection.execute(_MARK, {"org_id": org_id, "id": message_id, "read": read})
    await connection.execute(_COUNT, thread)


async def mark_all(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID
) -> RowMapping | None:
    """Mark every message of a contact as read; the conversation, if there is one."""
    thread = {"org_id": org_id, "contact_id": contact_id}
    await connection.execute(_LOCK, thread)
    await connection.execute(_MARK_ALL, thread)
    return (await connection.execute(_COUNT, thread)).mappings().first()
