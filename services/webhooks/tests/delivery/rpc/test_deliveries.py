"""Organisations see what was delivered to their endpoints, and have it delivered again."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, NotFound
from servicekit.ids import new_id
from services.webhooks.delivery.storage import deliveries
from services.webhooks.delivery.storage.deliveries import NewEvent
from services.webhooks.tests.delivery.conftest import Customer
from smsblaster.webhooks.v1 import deliveries_pb2 as pb
from smsblaster.webhooks.v1 import endpoints_pb2


async def happen(database: Database, customer: Customer, *types: str) -> list[NewEvent]:
    """Store an event of each type for an organisation."""
    events = [
        NewEvent(new_id(), customer.person.org_id, type_, datetime.now(UTC), "{}")
        for type_ in types
    ]
    async with database.system() as connection:
        await deliveries.add_events(connection, events)
    return events


async def test_an_event_is_delivered_once_to_each_endpoint_that_subscribes_to_its_type(
    acme: Customer, other: Customer, database: Database
) -> None:
    chosen = await acme.create("https://a.example/", "message.sent")
    all_types = await acme.create("https://b.example/")
    theirs = await other.create("https://c.example/")
    events = await happen(database, acme, "message.sent", "message.failed")
    async with database.system() as connection:
        await deliveries.add_events(connection, events)
    found = [d.event_type for d in (await acme.delivered_to(chosen.endpoint.id)).items]
    assert found == ["message.sent"]
    found = [d.event_type for d in (await acme.delivered_to(all_types.endpoint.id)).items]
    assert sorted(found) == ["message.failed", "message.sent"]
    assert not (await other.delivered_to(theirs.endpoint.id)).items


async def test_a_test_event_is_pending_until_its_call_is_made(acme: Customer) -> None:
    made = await acme.create("https://a.example/", "message.sent")
    delivery = await acme.test(made.endpoint.id)
    assert (delivery.event_type, delivery.attempts) == ("endpoint.test", 0)
    assert delivery.status == pb.WEBHOOK_DELIVERY_STATUS_PENDING
    body = json.loads(delivery.payload)
    assert (body["id"], body["type"], body["version"]) == (delivery.event_id, "endpoint.test", "1")
    [listed] = (await acme.delivered_to(made.endpoint.id)).items
    assert (listed.id, listed.HasField("payload")) == (delivery.id, False)


async def test_deliveries_are_listed_newest_first_page_by_page_and_by_status(
    acme: Customer, database: Database
) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    for _ in range(3):
        await happen(database, acme, "message.sent")
    first = await acme.delivered_to(endpoint_id, limit=2)
    second = await acme.delivered_to(endpoint_id, limit=2, cursor=first.next_cursor)
    ids = [d.id for d in (*first.items, *second.items)]
    assert (len(ids), ids) == (3, sorted(ids, reverse=True))
    failed = pb.WEBHOOK_DELIVERY_STATUS_FAILED
    assert not (await acme.delivered_to(endpoint_id, status=failed)).items


async def test_deliveries_since_a_time_are_replayed(acme: Customer, database: Database) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    await happen(database, acme, "message.sent", "message.failed")
    request = pb.ReplayWebhookDeliveriesRequest(endpoint_id=endpoint_id)
    request.since.FromDatetime(datetime.now(UTC) - timedelta(minutes=1))
    made = await acme.call(acme.deliveries.ReplayWebhookDeliveries, request)
    assert (made.replayed, made.HasField("since")) == (2, False)
    request.since.FromDatetime(datetime.now(UTC) + timedelta(minutes=1))
    made = await acme.call(acme.deliveries.ReplayWebhookDeliveries, request)
    assert made.replayed == 0


async def test_nothing_is_replayed_to_a_disabled_endpoint(acme: Customer) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    delivery = await acme.test(endpoint_id)
    request = endpoints_pb2.DisableWebhookEndpointRequest(id=endpoint_id)
    await acme.call(acme.endpoints.DisableWebhookEndpoint, request)
    replay = pb.ReplayWebhookDeliveryRequest(id=delivery.id)
    for attempt in (
        acme.test(endpoint_id),
        acme.call(acme.deliveries.ReplayWebhookDelivery, replay),
    ):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.code == "webhook_endpoint_disabled"


async def test_another_organisations_delivery_is_refused(acme: Customer, other: Customer) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    delivery = await acme.test(endpoint_id)
    calls = (
        (other.deliveries.GetWebhookDelivery, pb.GetWebhookDeliveryRequest(id=delivery.id)),
        (other.deliveries.ReplayWebhookDelivery, pb.ReplayWebhookDeliveryRequest(id=delivery.id)),
        (
            other.deliveries.ListWebhookDeliveries,
            pb.ListWebhookDeliveriesRequest(endpoint_id=endpoint_id),
        ),
    )
    for method, request in calls:
        with pytest.raises(CrossOrgAccess):
            await other.call(method, request)
    request = pb.GetWebhookDeliveryRequest(id=str(new_id()))
    with pytest.raises(NotFound) as refused:
        await acme.call(acme.deliveries.GetWebhookDelivery, request)
    assert refused.value.code == "webhook_delivery_not_found"
