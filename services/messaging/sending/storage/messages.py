"""Messages, one by one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.phones import canonical, notations
from services.messaging.common.storage.tables import delivery_events, sms_messages, twilio_numbers

# As the contract's Message names them. next_step_at stays out: it may be infinite.
_COLUMNS = (
    sms_messages.c.id,
    sms_messages.c.contact_id,
    sms_messages.c.to_number.label("to"),
    sms_messages.c.from_number,
    sms_messages.c.body,
    sms_messages.c.direction,
    sms_messages.c.status,
    sms_messages.c.segments,
    sms_messages.c.price_cents,
    sms_messages.c.provider_sid,
    sms_messages.c.campaign_id,
    sms_messages.c.error_code,
    sms_messages.c.error_message,
    sms_messages.c.created_at,
    sms_messages.c.accepted_at,
    sms_messages.c.sent_at,
    sms_messages.c.delivered_at,
    sms_messages.c.read_at,
    sms_messages.c.status_updated_at,
    sms_messages.c.event_id,
    sms_messages.c.attendee_id,
    sms_messages.c.notification_type,
    sms_messages.c.retry_of,
    sms_messages.c.media_count,
    sms_messages.c.media_types,
    sms_messages.c.media_urls,
)
_DELETE_EVENTS = text("""
DELETE FROM delivery_events
WHERE org_id = :org_id AND message_id = ANY(CAST(:ids AS uuid[]))
""")

_DELETE = text("""
DELETE FROM sms_messages WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[]))
""")


async def get(database: Database, org_id: UUID, message_id: UUID) -> RowMapping:
    """One message. Raises ``NotFound`` or ``CrossOrgAccess``."""
    async with database.org(org_id) as connection:
        query = select_messages(org_id).where(sms_messages.c.id == message_id)
        row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise await database.not_found(sms_messages, sms_messages.c.id == message_id, "message")
    return row


async def created_at(connection: AsyncConnection, org_id: UUID, message_id: UUID) -> datetime:
    """When a message of the organisation was stored."""
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
) -> Sequence[RowMapping]:
    """The messages with these ids, in their order."""
    query = select_messages(org_id).where(sms_messages.c.id.in_(message_ids))
    rows = await connection.execute(query)
    found = {row["id"]: row for row in rows.mappings()}
    return [found[message_id] for message_id in message_ids if message_id in found]


async def timeline(
    connection: AsyncConnection, org_id: UUID, message_id: UUID
) -> Sequence[RowMapping]:
    """What the provider said of a message, oldest first."""
    rows = await connection.execute(
        select(
            delivery_events.c.event_type,
            delivery_events.c.error_code,
            delivery_events.c.received_at,
        )
        .where(delivery_events.c.org_id == org_id, delivery_events.c.message_id == message_id)
        .order_by(delivery_events.c.received_at, delivery_events.c.id)
    )
    return rows.mappings().all()


async def delete_all(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> None:
    """Delete messages with their delivery events."""
    parameters = {"org_id": org_id, "ids": list(ids)}
    await connection.execute(_DELETE_EVENTS, parameters)
    await connection.execute(_DELETE, parameters)


async def own_among(
    connection: AsyncConnection, org_id: UUID, phones: Collection[str]
) -> Collection[str]:
    """Those of ``phones`` that are the organisation's senders: texting them would be a loop."""
    asked = {notation: phone for phone in phones for notation in notations(phone)}
    owned = await connection.scalars(
        _own(org_id).where(twilio_numbers.c.phone_number.in_(list(asked)))
    )
    return {asked[number] for number in owned}


async def own(connection: AsyncConnection, org_id: UUID) -> Sequence[str]:
    """All of the organisation's senders, in the one notation of their lines."""
    return [canonical(number) for number in await connection.scalars(_own(org_id))]


def _own(org_id: UUID) -> Select[str]:
    return select(twilio_numbers.c.phone_number).where(
        twilio_numbers.c.org_id == org_id, twilio_numbers.c.released_at.is_(None)
    )


def select_messages(org_id: UUID) -> Select[tuple[object, ...]]:
    """The query for the organisation's messages, with the columns of the contract's Message."""
    return select(*_COLUMNS).where(sms_messages.c.org_id == org_id)
