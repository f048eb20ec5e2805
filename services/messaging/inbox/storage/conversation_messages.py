"""Read the messages to and from one contact, sorted by id, which sorts them by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import forms_of
from services.messaging.common.storage.tables import sms_messages, twilio_messaging_services
from services.messaging.common.storage.tables import twilio_numbers as numbers
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage.messages import read, select_messages


@dataclass(frozen=True, slots=True)
class PageStart:
    """The position at which a page starts: newer or older than the message `message_id`.

    If `message_id` is None, the page starts at the oldest or at the newest message.
    """

    newer: bool
    message_id: UUID | None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Messages, oldest first, and whether the conversation has older and newer ones."""

    messages: Sequence[Message]
    has_older: bool
    has_newer: bool


async def page(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, limit: int, start: PageStart
) -> ConversationPage:
    """Return up to `limit` messages to and from a contact, beginning at `start`."""
    order = sms_messages.c.id.asc() if start.newer else sms_messages.c.id.desc()
    query = (
        select_messages(org_id)
        .where(sms_messages.c.contact_id == contact_id)
        .order_by(order)
        .limit(limit + 1)
    )
    if start.message_id:
        query = query.where(
            sms_messages.c.id > start.message_id
            if start.newer
            else sms_messages.c.id < start.message_id
        )
    found = await read(connection, query)
    messages, more = found[:limit], len(found) > limit
    came_from = bool(found and start.message_id)
    if start.newer:
        return ConversationPage(messages, has_older=came_from, has_newer=more)
    return ConversationPage(messages[::-1], has_older=more, has_newer=came_from)


async def reply_number(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> str | None:
    """Return the phone number that the contact last wrote to.

    None if the organisation no longer sends from it.
    """
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
            numbers.c.phone_number.in_({written_to, *forms_of(written_to)}),
            numbers.c.released_at.is_(None),
        )
    )
    return number
