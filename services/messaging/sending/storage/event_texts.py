"""Texts to the attendees of events.

A text is its first attempt and the later ones, which name the first (``retry_of``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, Select, Subquery, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import sms_messages as messages
from services.messaging.sending.domain.retries import FAILED
from services.messaging.sending.storage.messages import select_messages

# The statuses are written out: as parameters they would keep prepared statements from the index.
_NEWEST_FAILED = text("""
SELECT id, attendee_id, error_code, created_at FROM sms_messages
WHERE org_id = :org_id AND event_id = :event_id AND status IN ('failed', 'undelivered')
ORDER BY created_at DESC, id DESC LIMIT :limit
""")

# What has not come to an end is settled once Twilio is asked about it no more, and was handed over.
# In the order of the index on attendees: otherwise a plan may read all messages of an organisation
# most of whose texts are one event's.
_SETTLED = text("""
SELECT id, contact_id, body FROM sms_messages
WHERE org_id = :org_id AND event_id = :event_id AND NOT refund_due AND (
  status IN ('delivered', 'undelivered', 'failed', 'cancelled')
  OR (status IN ('queued', 'sent') AND created_at < now() - interval '7 days')
)
ORDER BY attendee_id, id DESC LIMIT :limit FOR UPDATE SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class Invited:
    """An attendee of an event."""

    event_id: UUID
    attendee_id: UUID


async def find(
    connection: AsyncConnection, org_id: UUID, invited: Invited, message_id: UUID
) -> RowMapping | None:
    """A text to an attendee; None where they have none with this id."""
    query = _to(org_id, invited).where(messages.c.id == message_id)
    return (await connection.execute(query)).mappings().first()


async def later_attempts(
    connection: AsyncConnection, org_id: UUID, first_id: UUID
) -> Sequence[RowMapping]:
    """The attempts at a text but the first, as far as they are accepted, oldest first."""
    query = (
        select_messages(org_id)
        .where(messages.c.retry_of == first_id, messages.c.charged)
        .order_by(messages.c.id)
    )
    return (await connection.execute(query)).mappings().all()


async def newest(
    connection: AsyncConnection, org_id: UUID, invited: Invited, limit: int
) -> Sequence[RowMapping]:
    """The ``limit`` newest texts to an attendee, newest first."""
    query = _to(org_id, invited).order_by(messages.c.id.desc()).limit(limit)
    return (await connection.execute(query)).mappings().all()


async def counts_of_attendee(
    connection: AsyncConnection, org_id: UUID, invited: Invited
) -> Sequence[RowMapping]:
    """How many texts an attendee has by ``status``."""
    rows = await connection.execute(
        select(messages.c.status, func.count().label("count"))
        .where(
            messages.c.org_id == org_id,
            messages.c.event_id == invited.event_id,
            messages.c.attendee_id == invited.attendee_id,
        )
        .group_by(messages.c.status)
        .order_by(messages.c.status)
    )
    return rows.mappings().all()


async def counts_of_event(
    connection: AsyncConnection, org_id: UUID, event_id: UUID
) -> Sequence[RowMapping]:
    """How many texts an event has by ``status`` and ``notification_type``, from the index alone."""
    by = (messages.c.status, messages.c.notification_type)
    rows = await connection.execute(
        select(*by, func.count().label("count"))
        .where(messages.c.org_id == org_id, messages.c.event_id == event_id)
        .group_by(*by)
        .order_by(*by)
    )
    return rows.mappings().all()


async def newest_failed(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int
) -> Sequence[RowMapping]:
    """The ``limit`` newest of an event's texts that did not arrive, newest first."""
    parameters = {"org_id": org_id, "event_id": event_id, "limit": limit}
    return (await connection.execute(_NEWEST_FAILED, parameters)).mappings().all()


async def states(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]
) -> Sequence[RowMapping]:
    """How many texts attendees have by ``status``, each by its last attempt; by attendee."""
    attempt = _last_attempts(org_id, event_id, attendee_ids)
    by = (attempt.c.attendee_id, attempt.c.status)
    rows = await connection.execute(
        select(*by, func.count().label("count")).group_by(*by).order_by(*by)
    )
    return rows.mappings().all()


async def retryable(
    connection: AsyncConnection, org_id: UUID, invited: Invited, limit: int
) -> Sequence[UUID]:
    """The last attempts at texts to an attendee that did not arrive, oldest first."""
    attempt = _last_attempts(org_id, invited.event_id, [invited.attendee_id])
    rows = await connection.scalars(
        select(attempt.c.id).where(attempt.c.status.in_(FAILED)).order_by(attempt.c.id).limit(limit)
    )
    return rows.all()


async def settled(
    connection: AsyncConnection, org_id: UUID, event_id: UUID, limit: int
) -> Sequence[RowMapping]:
    """Texts of an event that nothing more will happen to, locked: id, contact_id and body."""
    parameters = {"org_id": org_id, "event_id": event_id, "limit": limit}
    return (await connection.execute(_SETTLED, parameters)).mappings().all()


async def any_left(connection: AsyncConnection, org_id: UUID, event_id: UUID) -> bool:
    """Whether an event has any text."""
    found = await connection.scalar(
        select(messages.c.id)
        .where(messages.c.org_id == org_id, messages.c.event_id == event_id)
        .order_by(messages.c.attendee_id, messages.c.id.desc())
        .limit(1)
    )
    return found is not None


def _last_attempts(org_id: UUID, event_id: UUID, attendee_ids: Sequence[UUID]) -> Subquery:
    """The last attempt at each text to attendees."""
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


def _to(org_id: UUID, invited: Invited) -> Select[tuple[object, ...]]:
    return select_messages(org_id).where(
        messages.c.event_id == invited.event_id, messages.c.attendee_id == invited.attendee_id
    )
