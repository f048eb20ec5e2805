"""Customer events of all services become deliveries."""

import asyncio
from uuid import uuid4

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import ConsumerLoop
from servicekit.bus.streams import DELIVERY_EVENTS
from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.process import finish
from services.webhooks.delivery.events.customer_events import CustomerEventsConsumer
from services.webhooks.tests.delivery.conftest import Customer
from smsblaster.contacts.v1.contacts_pb2 import Contact
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvent, CustomerEvents
from tests.fixtures.waiting import wait_until

_SUBJECT = "event.contacts.customer_events"


@pytest.mark.poison("delivery-events")
async def test_a_bus_message_that_cannot_be_decoded_does_not_stop_the_others(
    acme: Customer, database: Database, nats_url: str
) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    event = CustomerEvent(id=str(new_id()), org_id=str(acme.person.org_id), type="contact.opted_in")
    event.data.Pack(Contact(id=str(new_id())))
    unknown = CustomerEvent(id=str(new_id()), org_id=event.org_id, type="contact.opted_in")
    unknown.data.type_url = "type.googleapis.com/smsblaster.of.the.next.Release"
    bodies = (
        b"\xff\xff",
        CustomerEvents(events=[unknown]).SerializeToString(),
        CustomerEvents(events=[event]).SerializeToString(),
    )
    bus = await Bus.connect(nats_url, "tests")
    handler = CustomerEventsConsumer(database).handle
    loop = ConsumerLoop(bus, database, "webhooks", DELIVERY_EVENTS, handler)
    running = asyncio.create_task(loop.run())
    await bus.publish([BusMessage(_SUBJECT, uuid4().hex, body) for body in bodies])

    async def is_stored() -> bool:
        found = (await acme.delivered_to(endpoint_id)).items
        return [each.event_id for each in found] == [event.id]

    await wait_until(is_stored)
    await finish(running, 5)
    await bus.close()
