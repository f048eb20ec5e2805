"""Read and delete messages, and find out which numbers are the organisation's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.phones import canonical, forms_of
from services.messaging.common.storage.tables import delivery_events, sms_messages, twilio_numbers
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.timeline import TimelineEvent

_attempt = sms_messages.alias("attempt")
_newest_attempt = (
    select(_attempt.c.id)
    .where(
        _attempt.c.org_id == sms_messages.c.org_id,
        _attempt.c.retry_of == func.coalesce(sms_messages.c.retry_of, sms_messages.c.id),
        _attempt.c.charged,
        _attempt.c.id > sms_messages.c.id,
    )
    .order_by(_attempt.c.id.desc())
    .limit(1)
    .scalar_subquery()
)

# Fields whose columns have other names.
_COMPUTED: Mapping[str, ColumnElement[Any]] = {
    "to": sms_messages.c.to_number,
    "retried_by": _newest_attempt,
}

# next_step_at is not read because it may be infinite.
_COLUMNS = [
    (_COMPUTED[field.name] if field.name in _COMPUTED else sms_messages.c[field.name]).label(
        field.name
    )
    for field in fields(Message)
]

_DELETE_EVENTS = text("""
DELETE FROM delivery_events
WHERE org_id = :org_id AND message_id = ANY(CAST(:ids AS uuid[]))
""")

_DELETE = text("""
DELETE FROM sms_messages WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[]))
""")


def select_messages(org_id: UUID) -> Select[tuple[object, ...]]:
    """Return a query for the organisation's messages, which `read` can execute."""
    return select(*_COLUMNS).where(sms_messages.c.org_id == org_id)


async def read(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> Sequence[Message]:
    """Execute a query that was made with `select_messages`, and return its messages."""
    rows = (await connection.execute(query)).mappings()
    return [Message(**{**row, "status": MessageStatus(row["status"])}) for row in rows]


async def find(connection: AsyncConnection, org_id: UUID, message_id: UUID) -> Message | None:
    """Return a message of the organisation, or None if it has none with this id."""
    query = select_messages(org_id).where(sms_messages.c.id == message_id)
    return next(iter(await read(connection, query)), None)


async def not_found(database: Database, org_id: UUID, message_id: UUID) -> Exception:
    """Return the error for a message that the organisation doesn't have."""
    elsewhere = and_(sms_messages.c.id == message_id, sms_messages.c.org_id != org_id)
    return await database.not_found(sms_messages, elsewhere, "message")


async def created_at(connection: AsyncConnection, org_id: UUID, message_id: UUID) -> datetime:
    """Return the time at which a message of the organisation was stored."""
    time: datetime = (
        await connection.execute(
            select(sms_messages.c.created_at).where(
                sms_messages.c.org_id == org_id, sms_messages.c.id == message_id
            )
        )
    ).scalar_one()
    return time


async def find_all(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> Sequence[Message]:
    """Find messages by id, in the order of `message_ids`."""
    query = select_messages(org_id).where(sms_messages.c.id.in_(message_ids))
    found = {message.id: message for message in await read(connection, query)}
    return [found[message_id] for message_id in message_ids if message_id in found]


async def reported_events(
    connection: AsyncConnection, org_id: UUID, message_id: UUID
) -> Sequence[TimelineEvent]:
    """List what Twilio reported about a message, oldest first."""
    rows = await connection.execute(
        select(
            delivery_events.c.event_type,
            delivery_events.c.received_at,
            delivery_events.c.error_code,
        )
        .where(delivery_events.c.org_id == org_id, delivery_events.c.message_id == message_id)
        .order_by(delivery_events.c.received_at, delivery_events.c.id)
    )
    return [TimelineEvent(row.event_type, row.received_at, row.error_code) for row in rows]


async def delete_all(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> None:
    """Delete messages together with their delivery events."""
    parameters = {"org_id": org_id, "ids": list(ids)}
    await connection.execute(_DELETE_EVENTS, parameters)
    await connection.execute(_DELETE, parameters)


async def own_numbers_among(
    connection: AsyncConnection, org_id: UUID, phones: Collection[str]
) -> Collection[str]:
    """Return those of `phones` that the organisation owns. Texting them would cause a loop."""
    asked = {form: phone for phone in phones for form in forms_of(phone)}
    owned = await connection.scalars(
        _own(org_id).where(twilio_numbers.c.phone_number.in_(list(asked)))
    )
    return {asked[number] for number in owned}


async def own_numbers(connection: AsyncConnection, org_id: UUID) -> Sequence[str]:
    """List the organisation's own phone numbers in E.164 format."""
    return [canonical(number) for number in await connection.scalars(_own(org_id))]


def _own(org_id: UUID) -> Select[str]:
    return select(twilio_numbers.c.phone_number).where(
        twilio_numbers.c.org_id == org_id, twilio_numbers.c.released_at.is_(None)
    )
