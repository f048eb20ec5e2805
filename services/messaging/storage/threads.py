"""Conversations. A campaign's texts open none: a person's answer does."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.storage.tables import message_threads as threads

_PREVIEW_CHARACTERS = 160

_TOUCH = text("""
INSERT INTO message_threads AS thread
  (org_id, contact_id, phone, last_message, last_message_at, unread_count)
VALUES (:org_id, :contact_id, :phone, :last_message, :at, :unread)
ON CONFLICT (contact_id) DO UPDATE SET
  last_message = CASE WHEN excluded.last_message_at >= thread.last_message_at
    THEN excluded.last_message ELSE thread.last_message END,
  last_message_at = greatest(thread.last_message_at, excluded.last_message_at),
  unread_count = thread.unread_count + excluded.unread_count,
  archived_at = CASE WHEN excluded.unread_count > 0 THEN NULL ELSE thread.archived_at END
""")


async def touch(
    connection: AsyncConnection,
    org_id: UUID,
    person: tuple[UUID, str],
    body: str,
    at: datetime,
    unread: int,
) -> None:
    """Note a message in the conversation with ``person``, a contact's id and number.

    An incoming one (``unread`` = 1) brings an archived conversation back.
    """
    contact_id, phone = person
    await connection.execute(
        _TOUCH,
        {
            "org_id": org_id,
            "contact_id": contact_id,
            "phone": phone,
            "last_message": body[:_PREVIEW_CHARACTERS],
            "at": at,
            "unread": unread,
        },
    )


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    limit: int,
    before: tuple[datetime, UUID] | None,
) -> Sequence[RowMapping]:
    """``limit`` conversations that are not archived, the latest first, before ``before``."""
    query = (
        select(threads)
        .where(threads.c.org_id == org_id, threads.c.archived_at.is_(None))
        .order_by(threads.c.last_message_at.desc(), threads.c.contact_id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(tuple_(threads.c.last_message_at, threads.c.contact_id) < before)
    return (await connection.execute(query)).mappings().all()


async def exists(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Whether there is a conversation with the contact."""
    found = await connection.scalar(
        select(threads.c.contact_id).where(
            threads.c.org_id == org_id, threads.c.contact_id == contact_id
        )
    )
    return found is not None
