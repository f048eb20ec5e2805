"""A program without a public address fetches events, signed as calls are."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.webhooks.delivery.domain.signatures import signed_headers
from services.webhooks.delivery.jobs.expire_listeners import expire_listeners
from services.webhooks.delivery.storage import queue
from services.webhooks.delivery.storage.tables import webhook_deliveries, webhook_listeners
from services.webhooks.tests.delivery.conftest import Customer, Delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer
from services.webhooks.tests.delivery.rpc.test_endpoints import announced, audited
from smsblaster.webhooks.v1 import listeners_pb2 as pb
from smsblaster.webhooks.v1 import listeners_pb2_grpc
from tests.fixtures.poison import is_recorded, poisoned
from tests.fixtures.running import Person

_EARLIER = text("UPDATE webhook_listeners SET fetched_at = fetched_at - :ago WHERE id = :id")


def stub(customer: Customer) -> Any:
    return listeners_pb2_grpc.WebhookListenerServiceStub(customer.running.channel)


async def listen(customer: Customer, *event_types: str) -> pb.CreatedWebhookListener:
    request = pb.CreateWebhookListenerRequest(event_types=event_types)
    made: pb.CreatedWebhookListener = await customer.call(
        stub(customer).CreateWebhookListener, request
    )
    return made


async def fetch(
    customer: Customer, listener_id: str, received: Sequence[str] = ()
) -> list[pb.FetchedWebhookEvent]:
    request = pb.FetchWebhookEventsRequest(id=listener_id, received=received)
    found = await customer.call(stub(customer).FetchWebhookEvents, request)
    return list(found.events)


async def read(customer: Customer, listener_id: str) -> pb.WebhookListener:
    request = pb.GetWebhookListenerRequest(id=listener_id)
    found: pb.WebhookListener = await customer.call(stub(customer).GetWebhookListener, request)
    return found


async def listed(customer: Customer) -> list[pb.WebhookListener]:
    request = pb.ListWebhookListenersRequest()
    return list((await customer.call(stub(customer).ListWebhookListeners, request)).items)


async def delete(customer: Customer, listener_id: str) -> None:
    request = pb.DeleteWebhookListenerRequest(id=listener_id)
    await customer.call(stub(customer).DeleteWebhookListener, request)


async def age(database: Database, listener_id: str, minutes: int) -> None:
    """Move the time of a listener's last request `minutes` into the past."""
    async with database.system() as connection:
        ago = {"ago": timedelta(minutes=minutes), "id": listener_id}
        await connection.execute(_EARLIER, ago)


async def waiting_for(database: Database, listener_id: str) -> int:
    query = select(func.count()).where(webhook_deliveries.c.endpoint_id == listener_id)
    async with database.system() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_listener_gets_signed_events_until_it_has_confirmed_them(
    acme: Customer, delivery: Delivering
) -> None:
    made = await listen(acme, "message.sent", "message.failed")
    assert made.secret.startswith("whsec_")
    [sent, failed] = await delivery.happen(acme.person.org_id, "message.sent", "message.failed")
    await delivery.happen(acme.person.org_id, "import.finished")
    events = await fetch(acme, made.listener.id)
    assert [(each.id, each.event_type) for each in events] == [
        (sent.id, "message.sent"),
        (failed.id, "message.failed"),
    ]
    assert all(is_signed(made.secret, each) for each in events)
    assert sent.id in events[0].payload
    assert [e.id for e in await fetch(acme, made.listener.id, [sent.id])] == [failed.id]
    assert await fetch(acme, made.listener.id, [failed.id, str(new_id())]) == []
    assert await fetch(acme, made.listener.id) == []


def is_signed(secret: str, event: pb.FetchedWebhookEvent) -> bool:
    at = datetime.fromtimestamp(int(event.timestamp), UTC)
    headers = signed_headers([secret], event.id, at, event.payload.encode())
    return headers["webhook-signature"] == event.signature


async def test_at_most_a_hundred_events_are_returned_and_the_oldest_first(
    acme: Customer, delivery: Delivering
) -> None:
    made = await listen(acme)
    told = await delivery.happen(acme.person.org_id, *["message.sent"] * 101)
    first = await fetch(acme, made.listener.id)
    assert [each.id for each in first] == [event.id for event in told[:100]]
    rest = await fetch(acme, made.listener.id, [each.id for each in first])
    assert [each.id for each in rest] == [told[100].id]


async def test_listeners_get_no_calls_and_endpoints_still_get_their_events(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    made = await listen(acme)
    await acme.create(f"{server.url}/a")
    [event] = await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    await delivery.let_time_pass(hours=1)
    await delivery.deliver_due()
    assert len(server.calls) == 1
    assert [each.id for each in await fetch(acme, made.listener.id)] == [event.id]


async def test_other_services_get_the_event_types_that_listeners_subscribe_to(
    acme: Customer, database: Database
) -> None:
    made = await listen(acme, "message.sent")
    told = await announced(database, acme)
    assert (list(told.types), told.all_types) == (["message.sent"], False)
    everything = await listen(acme)
    assert (await announced(database, acme)).all_types
    await delete(acme, everything.listener.id)
    await delete(acme, made.listener.id)
    told = await announced(database, acme)
    assert (list(told.types), told.all_types) == ([], False)
    assert await audited(database, acme) == [
        "webhook_listener_created",
        "webhook_listener_created",
        "webhook_listener_deleted",
        "webhook_listener_deleted",
    ]


async def test_a_listener_without_a_request_for_an_hour_is_deleted(
    acme: Customer, delivery: Delivering, database: Database
) -> None:
    used, unused = (await listen(acme)).listener.id, (await listen(acme)).listener.id
    await delivery.happen(acme.person.org_id, "message.sent")
    for each in (used, unused):
        await age(database, each, 59)
    before = (await read(acme, used)).expires_at.seconds
    await fetch(acme, used)
    assert (await read(acme, used)).expires_at.seconds >= before + 58 * 60
    for each in (used, unused):
        await age(database, each, 2)
    with pytest.raises(NotFound):
        await fetch(acme, unused)
    await delivery.happen(acme.person.org_id, "message.sent")
    assert await waiting_for(database, unused) == 1
    await expire_listeners(database)
    assert await waiting_for(database, unused) == 0
    assert await waiting_for(database, used) == 2
    assert len(await fetch(acme, used)) == 2
    await delete(acme, used)
    assert not (await announced(database, acme)).all_types


@pytest.mark.poison("webhooks/expire-listeners")
async def test_a_listener_that_cannot_be_deleted_does_not_stop_the_others(
    acme: Customer, other: Customer, database: Database
) -> None:
    bad, good = (await listen(acme)).listener.id, (await listen(other)).listener.id
    for each in (bad, good):
        await age(database, each, 61)
    async with poisoned(database, "webhook_listeners", "DELETE", f"OLD.id = '{bad}'"):
        await expire_listeners(database)
    async with database.system() as connection:
        left = set((await connection.execute(select(webhook_listeners.c.id))).scalars())
    assert {str(each) for each in left} & {bad, good} == {bad}
    assert await is_recorded(database, "expire-listeners", bad)


async def test_events_that_a_listener_has_received_are_deleted(
    acme: Customer, delivery: Delivering, database: Database
) -> None:
    listener_id = (await listen(acme)).listener.id
    [event, _] = await delivery.happen(acme.person.org_id, "message.sent", "message.failed")
    await fetch(acme, listener_id, [event.id])
    assert await waiting_for(database, listener_id) == 1


async def test_events_that_wait_for_a_deleted_listener_are_deleted_and_not_counted(
    acme: Customer, delivery: Delivering, database: Database
) -> None:
    deleted = (await listen(acme)).listener.id
    endpoint = (await acme.create()).endpoint.id
    before = await counted(database)
    [event] = await delivery.happen(acme.person.org_id, "message.sent")
    await delete(acme, deleted)
    # An event that is stored at this moment may have found the listener before.
    async with database.org(acme.person.org_id) as connection:
        late = {"org_id": acme.person.org_id, "endpoint_id": deleted, "event_id": new_id()}
        await connection.execute(insert(webhook_deliveries).values(id=new_id(), **late))
    assert await counted(database) == before + 1
    await expire_listeners(database)
    assert await waiting_for(database, deleted) == 0
    [kept] = (await acme.delivered_to(endpoint)).items
    assert kept.event_id == event.id


async def counted(database: Database) -> int:
    async with database.system() as connection:
        return (await queue.waiting(connection)).items


@pytest.mark.poison("webhooks/expire-listeners")
async def test_a_delivery_that_cannot_be_deleted_does_not_stop_the_others(
    acme: Customer, delivery: Delivering, database: Database
) -> None:
    listener_id = (await listen(acme)).listener.id
    [bad, _] = await delivery.happen(acme.person.org_id, "message.sent", "message.failed")
    await delete(acme, listener_id)
    async with poisoned(database, "webhook_deliveries", "DELETE", f"OLD.event_id = '{bad.id}'"):
        await expire_listeners(database)
    assert await waiting_for(database, listener_id) == 1


async def test_listeners_are_listed_newest_first_until_they_end(
    acme: Customer, other: Customer, database: Database
) -> None:
    ended, first = (await listen(acme)).listener.id, (await listen(acme)).listener.id
    second = (await listen(acme, "message.sent", "message.failed")).listener.id
    await listen(other)
    await age(database, ended, 61)
    await age(database, first, 10)
    newer, older = await listed(acme)
    assert [newer.id, older.id] == [second, first]
    assert list(newer.event_types) == ["message.failed", "message.sent"]
    assert list(older.event_types) == []
    assert older.created_at.seconds - older.last_fetched_at.seconds == 600
    assert older.expires_at.seconds - older.last_fetched_at.seconds == 3600
    await fetch(acme, first)
    assert (await read(acme, first)).last_fetched_at.seconds > older.last_fetched_at.seconds
    await delete(acme, second)
    assert [each.id for each in await listed(acme)] == [first]


async def test_an_organisation_has_at_most_twenty_listeners(acme: Customer) -> None:
    for _ in range(20):
        await listen(acme, "message.sent")
    with pytest.raises(Conflict) as refused:
        await listen(acme)
    assert refused.value.code == "too_many_webhook_listeners"


async def test_the_error_for_wrong_input_names_its_field(acme: Customer) -> None:
    made = await listen(acme)
    for call, field in (
        (listen(acme, "no.such_type"), "eventTypes[0]"),
        (fetch(acme, made.listener.id, ["x"]), "received[0]"),
        (fetch(acme, made.listener.id, [str(new_id()) for _ in range(101)]), "received"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await call
        assert [fault.field for fault in refused.value.fields] == [field]


async def test_another_organisations_listener_is_refused(
    acme: Customer, other: Customer, delivery: Delivering
) -> None:
    listener_id = (await listen(acme)).listener.id
    [event] = await delivery.happen(acme.person.org_id, "message.sent")
    for call in (
        read(other, listener_id),
        fetch(other, listener_id, [event.id]),
        delete(other, listener_id),
    ):
        with pytest.raises(CrossOrgAccess):
            await call
    assert [each.id for each in await fetch(acme, listener_id)] == [event.id]
    with pytest.raises(NotFound):
        await read(acme, str(new_id()))


async def test_members_who_are_not_admins_cannot_manage_listeners(acme: Customer) -> None:
    member = Customer(acme.running, Person(acme.person.org_id, roles=frozenset({"member"})))
    for call in (listen(member), listed(member)):
        with pytest.raises(Forbidden):
            await call
