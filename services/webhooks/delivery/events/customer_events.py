"""Handle ``event.*.customer_events``: store events and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from uuid import UUID

from google.protobuf.message import DecodeError, Message

from servicekit.api_json.writing import write
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.webhooks.delivery.domain.payloads import Event, payload_of
from services.webhooks.delivery.storage import deliveries
from services.webhooks.delivery.storage.deliveries import NewEvent
from smsblaster.billing.v1 import transactions_pb2
from smsblaster.campaigns.v1 import campaigns_pb2
from smsblaster.contacts.v1 import contacts_pb2, import_jobs_pb2
from smsblaster.messaging.v1 import history_pb2, messages_pb2, numbers_pb2
from smsblaster.webhooks.v1 import event_data_pb2
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvent, CustomerEvents

KINDS: Mapping[str, type[Message]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        messages_pb2.Message,
        contacts_pb2.Contact,
        campaigns_pb2.Campaign,
        transactions_pb2.Transaction,
        import_jobs_pb2.ImportJob,
        history_pb2.Export,
        numbers_pb2.PhoneNumber,
        event_data_pb2.LowBalanceData,
        event_data_pb2.RegistrationChangedData,
    )
}
"""The messages that events can have as their data, by name."""


class CustomerEventsConsumer:
    """Stores customer events.

    The consumer needs no inbox, because an event with a known id is not stored again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Store the events in `batch`, with deliveries to all endpoints that subscribe to them."""
        told = [CustomerEvents.FromString(incoming.payload) for incoming in batch]
        events = [_new_event(event) for each in told for event in each.events]
        if events:
            async with self._database.system() as connection:
                await deliveries.add_events(connection, events)


def _new_event(event: CustomerEvent) -> NewEvent:
    at = event.occurred_at.ToDatetime(UTC)
    event_id, org_id = UUID(event.id), UUID(event.org_id)
    payload = payload_of(Event(event_id, org_id, event.type, at, write(_data(event))))
    return NewEvent(event_id, org_id, event.type, at, payload)


def _data(event: CustomerEvent) -> Message:
    """Return the message in an event.

    Raises ``DecodeError`` if this release does not know the type of the message.
    """
    kind = KINDS.get(event.data.TypeName())
    if kind is None:
        raise DecodeError(f"unknown message {event.data.TypeName()}")
    data = kind()
    event.data.Unpack(data)
    return data
