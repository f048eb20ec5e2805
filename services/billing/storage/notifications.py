"""Notifications (alerts and notices together), and which of them each user has read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.errors import CrossOrgAccess
from servicekit.hints import Hint, Topic, note
from services.billing.storage.tables import notices
from services.billing.storage.tables import notifications as alerts

MOST_UNREAD = 100
"""Maximum to which unread notifications are counted."""

_PAGE = text("""
WITH mark AS MATERIALIZED (
  SELECT read_until, read_at FROM notification_marks
  WHERE user_id = :user_id AND org_id = :org_id
), found AS (
  (SELECT id, type, payload, NULL AS message, NULL AS entity_type, NULL AS entity_id, sent_at,
    created_at
  FROM notifications
  WHERE org_id = :org_id AND (CAST(:before AS uuid) IS NULL OR id < :before)
  ORDER BY id DESC LIMIT :limit)
  UNION ALL
  (SELECT id, type, NULL, message, entity_type, entity_id, NULL, created_at
  FROM notices
  WHERE org_id = :org_id AND (user_id IS NULL OR user_id = :user_id)
    AND (CAST(:before AS uuid) IS NULL OR id < :before)
  ORDER BY id DESC LIMIT :limit)
)
SELECT found.*,
  coalesce(one.read_at, CASE WHEN found.id <= mark.read_until THEN mark.read_at END) AS read_at
FROM found
LEFT JOIN mark ON true
LEFT JOIN notification_reads AS one
  ON one.user_id = :user_id AND one.notification_id = found.id AND one.org_id = :org_id
ORDER BY found.id DESC LIMIT :limit
""")

# The count of alerts and the count of notices each stop at the limit.
_COUNT_UNREAD = text("""
WITH mark AS MATERIALIZED (
  SELECT coalesce(max(read_until::text), :none)::uuid AS read_until FROM notification_marks
  WHERE user_id = :user_id AND org_id = :org_id
), one AS MATERIALIZED (
  SELECT notification_id FROM notification_reads WHERE user_id = :user_id AND org_id = :org_id
)
SELECT count(*) FROM (
  (SELECT FROM notifications
  WHERE org_id = :org_id AND id > (SELECT read_until FROM mark)
    AND id NOT IN (SELECT notification_id FROM one)
  LIMIT :limit)
  UNION ALL
  (SELECT FROM notices
  WHERE org_id = :org_id AND id > (SELECT read_until FROM mark)
    AND (user_id IS NULL OR user_id = :user_id) AND id NOT IN (SELECT notification_id FROM one)
  LIMIT :limit)
) AS unread
""")
_FIND = text("""
SELECT EXISTS (SELECT FROM notifications WHERE id = :id AND org_id = :org_id)
  OR EXISTS (
    SELECT FROM notices WHERE id = :id AND org_id = :org_id
      AND (user_id IS NULL OR user_id = :user_id)
  )
""")
_MARK = text("""
INSERT INTO notification_reads (user_id, notification_id, org_id)
VALUES (:user_id, :id, :org_id) ON CONFLICT DO NOTHING
""")
_MARK_ALL = text("""
INSERT INTO notification_marks AS mark (user_id, org_id, read_until)
VALUES (:user_id, :org_id, :until)
ON CONFLICT (user_id) DO UPDATE
SET read_until = greatest(mark.read_until, excluded.read_until), read_at = now()
""")
_DELETE_SINGLE_MARKS = text("""
DELETE FROM notification_reads AS one USING notification_marks AS mark
WHERE one.user_id = :user_id AND one.org_id = :org_id AND mark.user_id = :user_id
  AND mark.org_id = :org_id AND one.notification_id <= mark.read_until
""")
_NONE = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Notification:
    """An alert, with its details, or a notice, with its message and the thing that it is about."""

    id: UUID
    type: str
    details: Mapping[str, Any] | None
    message: str | None
    entity_type: str | None
    entity_id: str | None
    sent_at: datetime | None
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as the service that published it described it."""

    id: UUID
    org_id: UUID
    type: str
    message: str
    entity_type: str
    entity_id: str
    user_id: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """A user of an organisation who reads notifications."""

    org_id: UUID
    user_id: UUID

    def parameters(self, **others: object) -> dict[str, object]:
        """Return the parameters of an SQL statement about this user, with `others` added."""
        return {"org_id": self.org_id, "user_id": self.user_id, **others}


async def add(connection: AsyncConnection, announced: Sequence[Notice]) -> None:
    """Store notices of any organisation. A notice that is stored already is not changed."""
    rows = [
        {name: getattr(notice, name) for name in Notice.__dataclass_fields__}
        for notice in announced
    ]
    await connection.execute(insert(notices).on_conflict_do_nothing(), rows)
    note(connection, *(Hint(notice.org_id, Topic.NOTIFICATION) for notice in announced))


async def page(
    connection: AsyncConnection, reader: Reader, limit: int, before: UUID | None
) -> Sequence[Notification]:
    """Load up to `limit` notifications of the reader, newest first.

    Only notifications that are older than `before` are loaded.
    """
    rows = await connection.execute(_PAGE, reader.parameters(limit=limit, before=before))
    return [Notification(*row) for row in rows]


async def count_unread(connection: AsyncConnection, reader: Reader) -> int:
    """Count the reader's unread notifications, up to `MOST_UNREAD`."""
    parameters = reader.parameters(limit=MOST_UNREAD, none=_NONE)
    unread = await connection.scalar(_COUNT_UNREAD, parameters)
    return min(int(unread or 0), MOST_UNREAD)


async def mark_read(connection: AsyncConnection, reader: Reader, notification_id: UUID) -> bool:
    """Mark a notification as read. Returns False if the reader has no such notification."""
    parameters = reader.parameters(id=notification_id)
    if not await connection.scalar(_FIND, parameters):
        return False
    await connection.execute(_MARK, parameters)
    return True


async def mark_all_read(connection: AsyncConnection, reader: Reader, until: UUID) -> None:
    """Mark the notification `until` and all older ones as read."""
    await connection.execute(_MARK_ALL, reader.parameters(until=until))
    await connection.execute(_DELETE_SINGLE_MARKS, reader.parameters())


async def not_found(database: Database, reader: Reader, notification_id: UUID) -> Exception:
    """Return the error for a notification that the reader doesn't have."""
    for table in (alerts, notices):
        elsewhere = and_(table.c.id == notification_id, table.c.org_id != reader.org_id)
        error = await database.not_found(table, elsewhere, "notification")
        if isinstance(error, CrossOrgAccess):
            break
    return error


OLD = (
    OldRows(
        "notification_reads",
        "user_id || '/' || notification_id",
        "notification_id < CAST(:oldest AS uuid)",
    ),
    OldRows("notices", "id::text", "id < CAST(:oldest AS uuid)"),
    # An alert that was not sent is kept, because the job for alerts may still send it.
    OldRows("notifications", "id::text", "id < CAST(:oldest AS uuid) AND sent_at IS NOT NULL"),
)
"""The rows to delete: notifications with smaller (older) ids than ``oldest``, and their marks."""
