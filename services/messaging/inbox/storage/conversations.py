"""Store conversations.

A message of a campaign starts no conversation. Every other message does if there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, literal_column, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from services.messaging.common.storage.tables import message_threads as conversations

MAX_TOTAL = 10_000
"""Maximum to which matching conversations are counted."""

_PREVIEW_CHARACTERS = 160
# A literal, because with a parameter a prepared statement could not use the index of unread ones.
_HAS_UNREAD = conversations.c.unread_count > literal_column("0")

_SHOW = text("""
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

# Changes only previews that show a deleted message: they then show the newest remaining one.
_REPLACE_PREVIEWS = text("""
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


# A conversation that waits for an opt-out review stays until somebody has decided.
_FORGET_EMPTY = text("""
DELETE FROM message_threads AS thread
WHERE org_id = :org_id AND contact_id = ANY(CAST(:contact_ids AS uuid[]))
  AND opt_out_review_since IS NULL AND NOT EXISTS (
    SELECT FROM sms_messages AS message
    WHERE message.org_id = :org_id AND message.contact_id = thread.contact_id
      AND message.campaign_id IS NULL
  )
""")
_COUNT_UNREAD = text("""
UPDATE message_threads AS thread SET unread_count = (
  SELECT count(*) FROM sms_messages AS message
  WHERE message.org_id = :org_id AND message.contact_id = thread.contact_id
    AND message.direction = 'in' AND message.read_at IS NULL
)
WHERE org_id = :org_id AND contact_id = ANY(CAST(:contact_ids AS uuid[])) AND unread_count > 0
""")


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """A filter for conversations.

    Attributes:
        archived: List the archived conversations instead of the others.
        unread: List only conversations with unread messages.
        contact_id: List only the conversation with this contact.
        opt_out_review: List only conversations in which a possible opt-out waits for a decision.
    """

    archived: bool
    unread: bool
    contact_id: UUID | None
    opt_out_review: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with a contact.

    Attributes:
        contact_id: The contact.
        phone: The address that the contact last wrote from or was last texted at.
        last_message: The start of the latest message.
        last_message_at: When the latest message was sent or received.
        unread_count: How many incoming messages are unread.
        archived_at: When the conversation was archived.
        opt_out_review_since: Since when a possible opt-out waits for a decision.
        opt_out_review_message_id: The message that may be an opt-out.
    """

    contact_id: UUID
    phone: str
    last_message: str
    last_message_at: datetime
    unread_count: int
    archived_at: datetime | None
    opt_out_review_since: datetime | None
    opt_out_review_message_id: UUID | None


_COLUMNS = tuple(conversations.c[field.name] for field in fields(Conversation))


@dataclass(frozen=True, slots=True)
class LatestMessage:
    """A message to show in the conversation with a contact, who has the address `phone`."""

    contact_id: UUID
    phone: str
    body: str
    at: datetime
    is_unread: bool


async def show_message(connection: AsyncConnection, org_id: UUID, message: LatestMessage) -> None:
    """Show a message in its conversation, unless the conversation already shows a later one.

    Creates the conversation if it is missing. An unread message brings an archived conversation
    back.
    """
    await connection.execute(
        _SHOW,
        {
            "org_id": org_id,
            "contact_id": message.contact_id,
            "phone": message.phone,
            "last_message": message.body[:_PREVIEW_CHARACTERS],
            "at": message.at,
            "unread": int(message.is_unread),
        },
    )
    note(connection, Hint(org_id, Topic.CONVERSATION, message.contact_id))


async def hide_deleted(
    connection: AsyncConnection, org_id: UUID, deleted: Sequence[tuple[UUID, str]]
) -> None:
    """Stop showing deleted messages in the list of conversations.

    Each message is given by its contact's id and its body.
    """
    await connection.execute(
        _REPLACE_PREVIEWS,
        {
            "org_id": org_id,
            "contact_ids": [contact_id for contact_id, _ in deleted],
            "previews": [body[:_PREVIEW_CHARACTERS] for _, body in deleted],
            "preview_characters": _PREVIEW_CHARACTERS,
        },
    )


async def forget_empty(
    connection: AsyncConnection, org_id: UUID, contact_ids: Sequence[UUID]
) -> None:
    """Delete the conversations with these contacts that have no messages any more.

    The unread messages of the others are counted again.
    """
    values = {"org_id": org_id, "contact_ids": contact_ids}
    await connection.execute(_FORGET_EMPTY, values)
    await connection.execute(_COUNT_UNREAD, values)


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: ConversationFilter,
    limit: int,
    before: tuple[datetime, UUID] | None,
) -> Sequence[Conversation]:
    """Return up to `limit` conversations that come after `before`, the latest first.

    `before` is the time and the contact id of the last conversation on the previous page.
    """
    query = (
        select(*_COLUMNS)
        .where(*_matching(org_id, wanted))
        .order_by(conversations.c.last_message_at.desc(), conversations.c.contact_id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(
            tuple_(conversations.c.last_message_at, conversations.c.contact_id) < before
        )
    return [Conversation(*row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, org_id: UUID, wanted: ConversationFilter) -> int:
    """Count the matching conversations. Returns `MAX_TOTAL` + 1 if more than `MAX_TOTAL` match."""
    found = select(literal(1)).where(*_matching(org_id, wanted)).limit(MAX_TOTAL + 1).subquery()
    return int(await connection.scalar(select(func.count()).select_from(found)) or 0)


async def total_unread(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the unread messages of all conversations that are not archived."""
    total = await connection.scalar(
        select(func.coalesce(func.sum(conversations.c.unread_count), 0)).where(
            conversations.c.org_id == org_id, conversations.c.archived_at.is_(None), _HAS_UNREAD
        )
    )
    return int(total or 0)


async def exists(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Return whether there is a conversation with the contact."""
    found = await connection.scalar(
        select(conversations.c.contact_id).where(
            conversations.c.org_id == org_id, conversations.c.contact_id == contact_id
        )
    )
    return found is not None


async def get(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> Conversation:
    """Return the conversation with a contact. There must be one."""
    rows = await connection.execute(
        select(*_COLUMNS).where(
            conversations.c.org_id == org_id, conversations.c.contact_id == contact_id
        )
    )
    return Conversation(*rows.one())


async def archive(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, archived: bool
) -> Conversation | None:
    """Move a conversation to the archive, or back.

    Returns None if there is no conversation with the contact. Archiving a conversation again
    doesn't change the time at which it was archived first.
    """
    at = func.coalesce(conversations.c.archived_at, func.now()) if archived else None
    rows = await connection.execute(
        update(conversations)
        .where(conversations.c.org_id == org_id, conversations.c.contact_id == contact_id)
        .values(archived_at=at)
        .returning(*_COLUMNS)
    )
    row = rows.first()
    return Conversation(*row) if row else None


def _matching(org_id: UUID, wanted: ConversationFilter) -> list[ColumnElement[bool]]:
    archived_at = conversations.c.archived_at
    found = [
        conversations.c.org_id == org_id,
        archived_at.is_not(None) if wanted.archived else archived_at.is_(None),
    ]
    if wanted.unread:
        found.append(_HAS_UNREAD)
    if wanted.opt_out_review:
        found.append(conversations.c.opt_out_review_since.is_not(None))
    if wanted.contact_id:
        found.append(conversations.c.contact_id == wanted.contact_id)
    return found
