"""List outgoing messages, newest first. Every filter has an index.

Messages are ordered by creation time and id, like the indexes. Sorting by id alone would not
suffice: a time range is compared with the creation times, whose order may differ from that of the
ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.history.domain.message_filter import MAX_TOTAL, MessageFilter
from services.messaging.sending.storage.newest_first import (
    SortKey,
    failed_for_good,
    in_order,
    of_every_status,
    sort_key,
)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The page to read: it begins at the row number `offset`, or after the message `after`."""

    limit: int
    offset: int = 0
    after: SortKey | None = None


@dataclass(frozen=True, slots=True)
class MessageRange:
    """Messages after `after` and up to `until`, oldest first. None means no limit."""

    after: SortKey | None = None
    until: SortKey | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the SQL conditions that a message of the range meets."""
        found: list[ColumnElement[bool]] = []
        if self.after:
            found.append(sort_key > self.after)
        if self.until:
            found.append(sort_key <= self.until)
        return found


ALL = MessageRange()
"""The range of all messages."""


async def next_range(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: MessageFilter,
    after: SortKey | None,
    rows: int,
) -> MessageRange:
    """Return the range of the next `rows` matching messages after `after`.

    The range has no end if fewer messages match.
    """
    query = (
        select(messages.c.created_at, messages.c.id)
        .where(*matching(org_id, wanted), *MessageRange(after).conditions())
        .order_by(messages.c.created_at, messages.c.id)
        .limit(1)
        .offset(rows - 1)
    )
    last = (await connection.execute(query)).first()
    return MessageRange(after, (last.created_at, last.id) if last else None)


async def page(
    connection: AsyncConnection, org_id: UUID, wanted: MessageFilter, page: HistoryPage
) -> Sequence[UUID]:
    """Return the ids of the matching messages of a page, newest first."""
    conditions = matching(org_id, wanted)
    if page.after:
        conditions.append(sort_key < page.after)
    narrowing = (wanted.status, wanted.error_code, wanted.reference)
    narrowed = any(value is not None for value in narrowing)
    find = of_every_status if wanted.campaign_id and not narrowed else in_order
    query = find(conditions, page.offset + page.limit)
    rows = await connection.execute(query.limit(page.limit).offset(page.offset))
    return rows.scalars().all()


async def total(connection: AsyncConnection, org_id: UUID, wanted: MessageFilter) -> int:
    """Count the matching messages. Returns `MAX_TOTAL` + 1 if more than `MAX_TOTAL` match."""
    return await count(connection, org_id, wanted, MAX_TOTAL + 1)


async def count(
    connection: AsyncConnection, org_id: UUID, wanted: MessageFilter, limit: int
) -> int:
    """Count the matching messages, up to `limit`."""
    found = select(literal(1)).where(*matching(org_id, wanted)).limit(limit).subquery()
    return int(await connection.scalar(select(func.count()).select_from(found)) or 0)


async def has_contact(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Return whether the organisation has any message to or from the contact."""
    found = exists().where(messages.c.org_id == org_id, messages.c.contact_id == contact_id)
    return bool(await connection.scalar(select(found)))


def matching(org_id: UUID, wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """Return the SQL conditions for the organisation's outgoing messages that match `wanted`."""
    conditions = [messages.c.org_id == org_id, messages.c.direction == "out"]
    if wanted.from_time:
        conditions.append(messages.c.created_at >= wanted.from_time)
    if wanted.to_time:
        conditions.append(messages.c.created_at < wanted.to_time)
    for name in ("status", "campaign_id", "contact_id", "error_code"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(messages.c[name] == value)
    if wanted.reference is not None:
        conditions.append(messages.c.reference == _typed(wanted.reference))
    return [*conditions, *failed_for_good(wanted.status, wanted.include_retried)]


def _typed(written: str) -> ColumnElement[str]:
    """Return SQL that decodes a user's text, which it contains in hexadecimal.

    The SQL statement that writes a CSV file contains such texts directly, not as parameters. In
    hexadecimal, no text can be read as SQL.
    """
    return func.convert_from(func.decode(written.encode().hex(), "hex"), "UTF8")
