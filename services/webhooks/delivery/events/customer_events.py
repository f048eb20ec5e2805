"""Handle ``event.*.customer_events``: store events and their deliveries."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

import structlog
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from servicekit.api_json.writing import write
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.webhooks.delivery.domain.payloads import payload_of
from services.webhooks.delivery.storage import deliveries
from services.webhooks.delivery.storage.deliveries import NewEvent
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvent, CustomerEvents

log = structlog.get_logger()


class CustomerEventsConsumer:
    """Stores events. It needs no inbox, because an event is stored once by its id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store the events in `batch`, with a delivery to each endpoint that gets them."""
        told = [CustomerEvents.FromString(incoming.payload) for incoming in batch]
        events = [_new_event(event) for each in told for event in each.events]
        if events:
            async with self._database.system() as connection:
                await deliveries.add_events(connection, events)


def _new_event(event: CustomerEvent) -> NewEvent:
    at = event.occurred_at.ToDatetime(UTC)
    data = _data(event)
    event_id = UUID(event.id)
    payload = payload_of(event_id, event.type, at, write(data))
    return NewEvent(event_id, UUID(event.org_id), event.type, at, payload)


def _data(event: CustomerEvent) -> Message:
    """Return the message in an event. Raises ``DecodeError`` if this release does not know it."""
    name = event.data.TypeName()
    try:
        kind = GetMessageClass(Default().FindMessageTypeByName(name))
    except KeyError:
        raise DecodeError(f"unknown message {name}") from None
    data = kind()
    event.data.Unpack(data)
    return data
