"""Find the failed messages of an event that have not been sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.message_status import RETRYABLE


@dataclass(frozen=True, slots=True)
class RetryScope:
    """The messages from which to list: all of an event, or those to some of its attendees.

    If `after` and `until` are given, only messages after the first id and up to the second.
    """

    event_id: UUID
    attendee_ids: Sequence[UUID]
    after: UUID | None
    until: UUID | None


@dataclass(frozen=True, slots=True)
class RetryableMessage:
    """A failed message to an attendee."""

    message_id: UUID
    attendee_id: UUID


async def of_event(
    connection: AsyncConnection, org_id: UUID, scope: RetryScope, limit: int
) -> Sequence[RetryableMessage]:
    """List failed messages that were not sent again, sorted by id."""
    query = (
        select(messages.c.id, messages.c.attendee_id)
        .where(*_conditions(org_id, scope))
        .order_by(messages.c.id)
        .limit(limit)
    )
    return [RetryableMessage(*row) for row in await connection.execute(query)]


async def count(
    connection: AsyncConnection, org_id: UUID, scope: RetryScope
) -> tuple[int, UUID | None]:
    """Count the messages that ``of_event`` lists. Returns the count and the highest id."""
    conditions = _conditions(org_id, scope)
    newest = select(messages.c.id).where(*conditions).order_by(messages.c.id.desc()).limit(1)
    number = select(func.count()).select_from(messages).where(*conditions)
    found: UUID | None = await connection.scalar(newest)
    return await connection.scalar(number) or 0, found


def _conditions(org_id: UUID, scope: RetryScope) -> Sequence[ColumnElement[bool]]:
    later = messages.alias("later")
    sent_again = exists().where(
        later.c.org_id == org_id,
        later.c.retry_of == func.coalesce(messages.c.retry_of, messages.c.id),
        later.c.id > messages.c.id,
    )
    conditions = [
        messages.c.org_id == org_id,
        messages.c.event_id == scope.event_id,
        messages.c.status.in_(RETRYABLE),
        ~sent_again,
    ]
    if scope.attendee_ids:
        conditions.append(messages.c.attendee_id.in_(scope.attendee_ids))
    if scope.until:
        conditions.append(messages.c.id <= scope.until)
    if scope.after:
        conditions.append(messages.c.id > scope.after)
    return conditions
