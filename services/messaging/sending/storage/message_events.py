"""Publish the customer events about messages, which webhook endpoints receive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import customer_events
from servicekit.customer_events import Happened, wanted_by
from services.messaging.common.storage.tables import sms_messages
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage.contract_messages import message_of
from services.messaging.sending.storage.messages import read, select_messages

_WORDS: Mapping[MessageStatus, str] = {
    MessageStatus.PENDING: "accepted",
    MessageStatus.SENT: "sent",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.UNDELIVERED: "undelivered",
    MessageStatus.FAILED: "failed",
    MessageStatus.RECEIVED: "received",
}
"""The last word of a customer event's type, for each message status that causes an event."""


@dataclass(frozen=True, slots=True)
class NewStatus:
    """The new status of a message. `of_event`: the message was sent to an attendee of an event."""

    org_id: UUID
    message_id: UUID
    status: MessageStatus
    of_event: bool = False

    @property
    def type(self) -> str | None:
        """The type of the customer event, or None if there is none for the status."""
        word = _WORDS.get(self.status)
        kind = "event_message" if self.of_event else "message"
        return f"{kind}.{word}" if word else None


async def tell(connection: AsyncConnection, told: Sequence[NewStatus]) -> None:
    """Publish customer events about messages of organisations that have an endpoint for them.

    The events contain the messages as they are in this transaction.
    """
    shown = [each for each in told if each.type]
    if not shown:
        return
    wanted = await wanted_by(connection, {each.org_id for each in shown})
    for org_id, wants in wanted.items():
        mine = (each for each in shown if each.org_id == org_id)
        types = {each.message_id: each.type for each in mine if each.type and wants.has(each.type)}
        if types:
            await _tell(connection, org_id, types)


async def _tell(connection: AsyncConnection, org_id: UUID, types: Mapping[UUID, str]) -> None:
    query = select_messages(org_id).where(sms_messages.c.id.in_(list(types)))
    messages = await read(connection, query)
    happened = [
        Happened(org_id, types[message.id], message_of(message), message.status_updated_at)
        for message in messages
    ]
    await customer_events.tell(connection, "messaging", happened)
