"""Conversations. A campaign's texts open none: a person's answer does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, literal_column, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import message_threads as threads

_PREVIEW_CHARACTERS = 160
# Written out: a parameter would keep prepared statements from the indexes of unread conversations.
_HAS_UNREAD = threads.c.unread_count > literal_column("0")

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

# Only where the preview shows a deleted text; of what is left, what it would have shown before.
_FORGET = text("""
UPDATE message_threads AS thread
SET last_message = coalesce(left(newest.body, :preview_characters), ''),
  last_message_at = coalesce(newest.created_at, thread.last_message_at)
FROM unnest(CAST(:contact_ids AS uuid[]), CAST(:previews AS text[])) AS gone (contact_id, preview)
LEFT JOIN LATERAL (
  SELECT body, created_at FROM sms_messages
  WHERE org_id = :org_id AND contact_id = gone.contact_id AND campaign_id IS NULL
  ORDER BY id DESC LIMIT 1
) AS newest ON true
WHERE thread.org_id = :org_id AND thread.contact_id = gone.contact_id
  AND thread.last_message = gone.preview
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which conversations: archived ones or the others; with unread messages only; whose.

    ``opt_out_review``: those only in which somebody may have asked for no more texts.
    """

    archived: bool
    unread: bool
    contact_id: UUID | None
    opt_out_review: bool = False


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


async def forget(
    connection: AsyncConnection, org_id: UUID, deleted: Sequence[tuple[UUID, str]]
) -> None:
    """Show deleted messages no more, each given by its contact's id and its text."""
    await connection.execute(
        _FORGET,
        {
            "org_id": org_id,
            "contact_ids": [contact_id for contact_id, _ in deleted],
            "previews": [body[:_PREVIEW_CHARACTERS] for _, body in deleted],
            "preview_characters": _PREVIEW_CHARACTERS,
        },
    )


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: Wanted,
    limit: int,
    before: tuple[datetime, UUID] | None,
) -> Sequence[RowMapping]:
    """``limit`` conversations, the latest first, before ``before``."""
    archived_at = threads.c.archived_at
    query = (
        select(threads)
        .where(threads.c.org_id == org_id)
        .where(archived_at.is_not(None) if wanted.archived else archived_at.is_(None))
        .order_by(threads.c.last_message_at.desc(), threads.c.contact_id.desc())
        .limit(limit)
    )
    if wanted.unread:
        query = query.where(_HAS_UNREAD)
    if wanted.opt_out_review:
        query = query.where(threads.c.opt_out_review_since.is_not(None))
    if wanted.contact_id:
        query = query.where(threads.c.contact_id == wanted.contact_id)
    if before:
        query = query.where(tuple_(threads.c.last_message_at, threads.c.contact_id) < before)
    return (await connection.execute(query)).mappings().all()


async def total_unread(connection: AsyncConnection, org_id: UUID) -> int:
    """Unread messages of all conversations that are not archived."""
    total = await connection.scalar(
        select(func.coalesce(func.sum(threads.c.unread_count), 0)).where(
            threads.c.org_id == org_id, threads.c.archived_at.is_(None), _HAS_UNREAD
        )
    )
    return int(total or 0)


async def exists(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Whether there is a conversation with the contact."""
    found = await connection.scalar(
        select(threads.c.contact_id).where(
            threads.c.org_id == org_id, threads.c.contact_id == contact_id
        )
    )
    return found is not None


async def get(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> RowMapping:
    """Return the conversation with a contact, which is there."""
    rows = await connection.execute(
        select(threads).where(threads.c.org_id == org_id, threads.c.contact_id == contact_id)
    )
    row: RowMapping = rows.mappings().one()
    return row


async def archive(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, archived: bool
) -> RowMapping | None:
    """Archive a conversation or bring it back; when it was archived first stands.

    None where there is none with the contact.
    """
    at = func.coalesce(threads.c.archived_at, func.now()) if archived else None
    rows = await connection.execute(
        update(threads)
        .where(threads.c.org_id == org_id, threads.c.contact_id == contact_id)
        .values(archived_at=at)
        .returning(threads)
    )
    row: RowMapping | None = rows.mappings().first()
    return row
