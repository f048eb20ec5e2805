"""Read and write retries of all failed messages of an event."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.campaigns.events.storage.tables import event_sms_retries as retries

RetryStatus: TypeAlias = Literal["running", "done", "stopped", "cancelled"]

_MOST_REASONS = 50
_OTHER = "Other reasons."
_NOT_LEFT_ALONE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'retry-event-texts' AND item = event_sms_retries.id::text
)""")
HAS_RUNNING = exists().where(retries.c.status == "running")


@dataclass(frozen=True, slots=True)
class NewRetry:
    """A retry to store.

    `until` is the last message to try. Without `attendee_ids`, the messages to all attendees are
    sent again.
    """

    event_id: UUID
    attendee_ids: Sequence[UUID]
    force: bool
    total: int
    until: UUID


@dataclass(frozen=True, slots=True)
class SmsRetry:
    """A retry of all failed messages of an event.

    `after_message_id` is the last message that was tried. `batch` are the messages that are being
    tried. `refusals` counts messages by the reason why they were not sent again.
    """

    id: UUID
    org_id: UUID
    event_id: UUID
    attendee_ids: Sequence[UUID]
    force: bool
    status: RetryStatus
    status_reason: str | None
    total: int
    retried: int
    refused: int
    refusals: Mapping[str, int]
    after_message_id: UUID | None
    batch: Sequence[UUID]
    until_message_id: UUID
    created_by: UUID
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: how many messages were sent again, and why others were not."""

    retried: int
    refusals: Sequence[str]


_COLUMNS = [retries.c[field.name] for field in fields(SmsRetry)]


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, retry: NewRetry
) -> SmsRetry:
    """Store a running retry of `user_id`.

    Raises:
        Conflict: Another retry of the event is running (code retry_running).
    """
    statement = insert(retries).values(
        id=new_id(),
        org_id=org_id,
        event_id=retry.event_id,
        attendee_ids=list(retry.attendee_ids),
        force=retry.force,
        total=retry.total,
        until_message_id=retry.until,
        created_by=user_id,
    )
    try:
        return SmsRetry(*(await connection.execute(statement.returning(*_COLUMNS))).one())
    except IntegrityError as error:
        if violated(error) != "uq_event_sms_retries_running":
            raise
        message = "Another retry of this event is running. Wait until it is done, or cancel it."
        raise Conflict(message, "retry_running") from error


async def page(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int, before: UUID | None
) -> Sequence[SmsRetry]:
    """Return up to `limit` retries of an event older than `before`, newest first."""
    query = select(*_COLUMNS).where(retries.c.org_id == org_id, retries.c.event_id == event_id)
    if before:
        query = query.where(retries.c.id < before)
    query = query.order_by(retries.c.id.desc()).limit(limit)
    return [SmsRetry(*row) for row in await connection.execute(query)]


async def find(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, retry_id: UUID
) -> SmsRetry | None:
    """Return a retry, or None if the event has none with this id."""
    query = select(*_COLUMNS).where(_is(org_id, retry_id), retries.c.event_id == event_id)
    row = (await connection.execute(query)).first()
    return SmsRetry(*row) if row else None


async def running(connection: AsyncConnection, limit: int) -> Sequence[SmsRetry]:
    """Return running retries of all organisations, the oldest first."""
    query = (
        select(*_COLUMNS)
        .where(retries.c.status == "running", _NOT_LEFT_ALONE)
        .order_by(retries.c.id)
        .limit(limit)
    )
    return [SmsRetry(*row) for row in await connection.execute(query)]


async def begin_batch(
    connection: AsyncConnection, retry: SmsRetry, message_ids: Sequence[UUID]
) -> bool:
    """Store the messages that are tried next. Returns False if the retry is no longer running."""
    return await _did(connection, retry, batch=list(message_ids))


async def end_batch(
    connection: AsyncConnection, retry: SmsRetry, last: UUID, result: BatchResult
) -> bool:
    """Store the result of the batch that ends with the message `last`.

    The result is stored even if the retry was cancelled in the meantime.

    Returns False if another process has stored it already.
    """
    statement = (
        update(retries)
        .where(_is(retry.org_id, retry.id), _is_at(retry))
        .values(
            after_message_id=last,
            batch=[],
            retried=retries.c.retried + result.retried,
            refused=retries.c.refused + len(result.refusals),
            refusals=_added(retry.refusals, result.refusals),
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def finish(
    connection: AsyncConnection,
    org_id: UUID,
    retry_id: UUID,
    status: RetryStatus,
    reason: str | None = None,
) -> SmsRetry | None:
    """End a running retry. Returns None if it isn't running."""
    statement = (
        update(retries)
        .where(_is(org_id, retry_id), retries.c.status == "running")
        .values(status=status, status_reason=reason, finished_at=func.now())
    )
    row = (await connection.execute(statement.returning(*_COLUMNS))).first()
    return SmsRetry(*row) if row else None


async def stop_of_member(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Stop the running retries that a removed member has started."""
    await connection.execute(
        update(retries)
        .where(
            retries.c.org_id == org_id,
            retries.c.created_by == user_id,
            retries.c.status == "running",
        )
        .values(status="stopped", status_reason="member_removed", finished_at=func.now())
    )


async def not_found(database: Database, org_id: UUID, retry_id: UUID) -> Exception:
    """Return the error for a retry that the event doesn't have."""
    elsewhere = and_(retries.c.id == retry_id, retries.c.org_id != org_id)
    return await database.not_found(retries, elsewhere, "sms retry")


async def _did(connection: AsyncConnection, retry: SmsRetry, **values: Any) -> bool:
    statement = (
        update(retries)
        .where(_is(retry.org_id, retry.id), _is_at(retry), retries.c.status == "running")
        .values(values)
    )
    return (await connection.execute(statement)).rowcount == 1


def _is(org_id: UUID, retry_id: UUID) -> ColumnElement[bool]:
    return and_(retries.c.id == retry_id, retries.c.org_id == org_id)


def _is_at(retry: SmsRetry) -> ColumnElement[bool]:
    return retries.c.after_message_id.is_not_distinct_from(retry.after_message_id)


def _added(stored: Mapping[str, int], refusals: Sequence[str]) -> Mapping[str, int]:
    counts = Counter(stored)
    for reason in refusals:
        known = reason in counts or len(counts) < _MOST_REASONS - 1
        counts[reason if known else _OTHER] += 1
    return counts
