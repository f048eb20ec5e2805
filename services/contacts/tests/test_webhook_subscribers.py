"""A service stores to which types of customer events each organisation subscribes."""

from uuid import uuid4

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.bus.outbox import outbox
from servicekit.customer_events import Happened, WebhookSubscriptions, tell, wanted_by, wants
from servicekit.db.database import Database
from servicekit.ids import new_id
from smsblaster.contacts.v1.contacts_pb2 import Contact
from smsblaster.webhooks.v1.customer_events_pb2 import CustomerEvents, WebhookSubscription
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

_SUBJECT = "event.webhooks.subscribed"


def subscription(org_id: object, version: int, *types: str, all_types: bool = False) -> bytes:
    event = WebhookSubscription(
        org_id=str(org_id), types=types, all_types=all_types, version=version
    )
    return event.SerializeToString()


@pytest.mark.poison(
    "billing-webhooks", "campaigns-webhooks", "contacts-webhooks", "messaging-webhooks"
)
async def test_a_bus_event_that_cannot_be_decoded_does_not_stop_the_others(
    contacts: Running, database: Database, nats_url: str
) -> None:
    bus = await Bus.connect(nats_url, "tests")
    org_id = new_id()
    good = subscription(org_id, 1, "contact.opted_out")
    await bus.publish(
        [BusMessage(_SUBJECT, uuid4().hex, body) for body in (b"\xff\xff", good, b"\xff")]
    )

    async def known() -> bool:
        async with database.org(org_id) as connection:
            return await wants(connection, org_id, "contact.opted_out")

    await wait_until(known)
    await bus.close()


async def test_the_newest_subscription_applies_in_any_order_of_arrival(database: Database) -> None:
    org_id, other = new_id(), new_id()
    batch = [
        subscription(org_id, 2, "message.sent"),
        subscription(org_id, 1, all_types=True),
        subscription(other, 7),
    ]
    await WebhookSubscriptions(database).handle([Incoming("1", _SUBJECT, b) for b in batch])
    async with database.system() as connection:
        found = await wanted_by(connection, [org_id, other, new_id()])
    assert found.keys() == {org_id}
    assert found[org_id].has("message.sent")
    assert not found[org_id].has("message.failed")


async def test_many_customer_events_are_published_in_several_bus_messages(
    database: Database,
) -> None:
    org_id = new_id()
    contact = Contact(id=str(new_id()), phone="+14155550100", first_name="x" * 1000)
    happened = [Happened(org_id, "contact.opted_out", contact)] * 1000
    async with database.system() as connection:
        await tell(connection, "contacts", happened)
    async with database.system() as connection:
        query = outbox.select().where(outbox.c.subject == "event.contacts.customer_events")
        rows = (await connection.execute(query)).all()
    told = [CustomerEvents.FromString(row.payload) for row in rows]
    mine = [event for each in told for event in each.events if event.org_id == str(org_id)]
    assert len({event.id for event in mine}) == 1000
    assert 3 < len(rows) < 20
    assert max(len(row.payload) for row in rows) < 250_000
