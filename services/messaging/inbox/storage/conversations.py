"""The messages from and to one contact, in the order of their ids, which is that of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import notations
from services.messaging.common.storage.tables import sms_messages, twilio_messaging_services
from services.messaging.common.storage.tables import twilio_numbers as numbers
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage.messages import read, select_messages


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: beyond the message ``id``, on its ``newer`` side or on its older one.

    Without an id it is the first page or the last.
    """

    newer: bool
    id: UUID | None


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first, and whether there are older and newer ones."""

    rows: Sequence[Message]
    has_older: bool
    has_newer: bool


async def page(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, limit: int, place: Place
) -> Page:
    """``limit`` messages from and to a contact, as near to ``place`` as there are."""
    order = sms_messages.c.id.asc() if place.newer else sms_messages.c.id.desc()
    query = (
        select_messages(org_id)
        .where(sms_messages.c.contact_id == contact_id)
        .order_by(order)
        .limit(limit + 1)
    )
    if place.id:
        beyond = sms_messages.c.id > place.id if place.newer else sms_messages.c.id < place.id
        query = query.where(beyond)
    found = await read(connection, query)
    rows, more, came_from = found[:limit], len(found) > limit, bool(found and place.id)
    if place.newer:
        return Page(rows, has_older=came_from, has_newer=more)
    return Page(rows[::-1], has_older=more, has_newer=came_from)


async def sender_for(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> str | None:
    """The number that the contact last wrote to, while the organisation still sends from it."""
    written_to: str | None = await connection.scalar(
        select(sms_messages.c.to_number)
        .where(
            sms_messages.c.org_id == org_id,
            sms_messages.c.contact_id == contact_id,
            sms_messages.c.direction == "in",
        )
        .order_by(sms_messages.c.id.desc())
        .limit(1)
    )
    if written_to is None:
        return None
    number: str | None = await connection.scalar(
        select(numbers.c.phone_number)
        .join(
            twilio_messaging_services,
            twilio_messaging_services.c.sid == numbers.c.messaging_service_sid,
        )
        .where(
            numbers.c.org_id == org_id,
            twilio_messaging_services.c.org_id == org_id,
            numbers.c.phone_number.in_({written_to, *notations(written_to)}),
            numbers.c.released_at.is_(None),
        )
    )
    return number
