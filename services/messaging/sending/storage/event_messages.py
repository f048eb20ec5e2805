"""Event messages: the messages to the attendees of events.

An event message can have several attempts. The later ones refer to the first (`retry_of`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Subquery, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.message_status import (
    AWAITING_REPORT,
    FINAL,
    RETRYABLE,
    MessageStatus,
)
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage.messages import read, select_messages


def _literals(statuses: Iterable[MessageStatus]) -> str:
    return ", ".join(f"'{status}'" for status in sorted(statuses))


# The statuses are literals, because prepared statements with parameters could not use the index.
_FIND_FAILED = """
SELECT id, attendee_id, error_code, created_at FROM sms_messages
WHERE org_id = :org_id AND event_id = :event_id AND status IN ({retryable})
ORDER BY created_at DESC, id DESC LIMIT :limit
"""
_NEWEST_FAILED = text(_FIND_FAILED.format(retryable=_literals(RETRYABLE)))

# A message without a final status is settled once Twilio is no longer asked about it. The order is
# that of the index on attendees. Otherwise, if one event has most of an organisation's messages,
# the planner may choose to read all of them.
_FIND_SETTLED = """
SELECT id, contact_id, body FROM sms_messages
WHERE org_id = :org_id AND event_id = :event_id AND NOT refund_due AND (
  status IN ({final})
  OR (status IN ({awaiting}) AND created_at < now() - interval '7 days')
)
ORDER BY attendee_id, id DESC LIMIT :limit FOR UPDATE SKIP LOCKED
"""
_SETTLED = text(_FIND_SETTLED.format(final=_literals(FINAL), awaiting=_literals(AWAITING_REPORT)))


@dataclass(frozen=True, slots=True)
class Attendee:
    """An attendee of an event."""

    event_id: UUID
    attendee_id: UUID


@dataclass(frozen=True, slots=True)
class StatusCount:
    """A message status, and how many messages have it."""

    status: MessageStatus
    count: int


@dataclass(frozen=True, slots=True)
class TypeCount:
    """A message type and a status, and how many messages have both."""

    status: MessageStatus
    notification_type: str
    count: int


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that did not arrive."""

    id: UUID
    attendee_id: UUID
    error_code: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SettledMessage:
    """A message whose status no longer changes."""

    id: UUID
    contact_id: UUID
    body: str


async def find(
    connection: AsyncConnection, org_id: UUID, attendee: Attendee, message_id: UUID
) -> Message | None:
    """Return a message to an attendee, or None if there is none with this id."""
    query = _to(org_id, attendee).where(messages.c.id == message_id)
    return next(iter(await read(connection, query)), None)


async def newest(
    connection: AsyncConnection, org_id: UUID, attendee: Attendee, limit: int
) -> Sequence[Message]:
    """List the newest messages to an attendee, newest first."""
    return await read(connection, _to(org_id, attendee).order_by(messages.c.id.desc()).limit(limit))


async def counts_of_attendee(
    connection: AsyncConnection, org_id: UUID, attendee: Attendee
) -> Sequence[StatusCount]:
    """Count an attendee's messages by status."""
    rows = await connection.execute(
        select(messages.c.status, func.count().label("number"))
        .where(
            messages.c.org_id == org_id,
            messages.c.event_id == attendee.event_id,
            messages.c.attendee_id == attendee.attendee_id,
        )
        .group_by(messages.c.status)
        .order_by(messages.c.status)
    )
    return [StatusCount(MessageStatus(row.status), row.number) for row in rows]


async def counts_of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[TypeCount]:
    """Count an event's messages by status and type, using only the index."""
    by = (messages.c.status, messages.c.notification_type)
    rows = await connection.execute(
        select(*by, func.count().label("number"))
        .where(messages.c.org_id == org_id, messages.c.event_id == event_id)
        .group_by(*by)
        .order_by(*by)
    )
    return [TypeCount(MessageStatus(row.status), row.notification_type, row.number) for row in rows]


async def newest_failed(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int
) -> Sequence[FailedMessage]:
    """List the newest of an event's messages that did not arrive, newest first."""
    parameters = {"org_id": org_id, "event_id": event_id, "limit": limit}
    rows = await connection.execute(_NEWEST_FAILED, parameters)
    return [FailedMessage(row.id, row.attendee_id, row.error_code, row.created_at) for row in rows]


async def counts_of_attendees(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]
) -> Sequence[tuple[UUID, StatusCount]]:
    """Count attendees' messages by the status of their last attempt, sorted by attendee."""
    attempt = _last_attempts(org_id, event_id, attendee_ids)
    by = (attempt.c.attendee_id, attempt.c.status)
    rows = await connection.execute(
        select(*by, func.count().label("number")).group_by(*by).order_by(*by)
    )
    return [(row.attendee_id, StatusCount(MessageStatus(row.status), row.number)) for row in rows]


async def retryable(
    connection: AsyncConnection, org_id: UUID, attendee: Attendee, limit: int
) -> Sequence[UUID]:
    """List the failed last attempts at messages to an attendee, oldest first."""
    attempt = _last_attempts(org_id, attendee.event_id, [attendee.attendee_id])
    rows = await connection.scalars(
        select(attempt.c.id)
        .where(attempt.c.status.in_(RETRYABLE))
        .order_by(attempt.c.id)
        .limit(limit)
    )
    return rows.all()


async def settled(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int
) -> Sequence[SettledMessage]:
    """List messages of an event whose status no longer changes, and lock them."""
    parameters = {"org_id": org_id, "event_id": event_id, "limit": limit}
    rows = await connection.execute(_SETTLED, parameters)
    return [SettledMessage(row.id, row.contact_id, row.body) for row in rows]


async def any_left(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> bool:
    """Return whether any message of an event is still stored."""
    found = await connection.scalar(
        select(messages.c.id)
        .where(messages.c.org_id == org_id, messages.c.event_id == event_id)
        .order_by(messages.c.attendee_id, messages.c.id.desc())
        .limit(1)
    )
    return found is not None


def _last_attempts(org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]) -> Subquery:
    """Return the query for the last attempt at each message to attendees."""
    first_id = func.coalesce(messages.c.retry_of, messages.c.id)
    return (
        select(messages.c.id, messages.c.attendee_id, messages.c.status)
        .ext(distinct_on(messages.c.attendee_id, first_id))
        .where(
            messages.c.org_id == org_id,
            messages.c.event_id == event_id,
            messages.c.attendee_id.in_(attendee_ids),
        )
        .order_by(messages.c.attendee_id, first_id, messages.c.id.desc())
        .subquery("attempt")
    )


def _to(org_id: UUID, attendee: Attendee) -> Select[tuple[object, ...]]:
    return select_messages(org_id).where(
        messages.c.event_id == attendee.event_id, messages.c.attendee_id == attendee.attendee_id
    )
