"""Events are delivered at least once, and an endpoint that fails delays no other."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.outbound.deadlines import Deadline
from services.webhooks.delivery.storage import queue
from services.webhooks.delivery.usecases import make_calls
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.delivery.conftest import Customer, Delivering, delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer, answer
from smsblaster.contacts.v1.contacts_pb2 import Contact
from smsblaster.webhooks.v1 import deliveries_pb2 as pb
from smsblaster.webhooks.v1 import endpoints_pb2
from tests.fixtures.waiting import wait_until

DELIVERED, FAILED = pb.WEBHOOK_DELIVERY_STATUS_DELIVERED, pb.WEBHOOK_DELIVERY_STATUS_FAILED
PENDING = pb.WEBHOOK_DELIVERY_STATUS_PENDING


async def only_delivery(customer: Customer, endpoint_id: str) -> pb.WebhookDelivery:
    [delivery] = (await customer.delivered_to(endpoint_id)).items
    return delivery


async def test_an_event_arrives_signed_with_the_data_that_the_api_returns(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    made = await acme.create(f"{server.url}/a", "contact.opted_out")
    contact = Contact(id="c", phone="+14155550100", first_name="Ann")
    [event] = await delivery.happen(acme.person.org_id, "contact.opted_out", data=contact)
    await delivery.deliver_due()
    [call] = server.calls
    assert call.is_signed_by(made.secret)
    assert call.headers["webhook-id"] == event.id == call.content["id"]
    assert call.headers["content-type"] == "application/json"
    assert (call.content["type"], call.content["version"]) == ("contact.opted_out", "1")
    assert call.content["data"]["firstName"] == "Ann"
    assert call.content["data"]["lastName"] is None
    done = await only_delivery(acme, made.endpoint.id)
    assert (done.status, done.attempts, done.response_code) == (DELIVERED, 1, 200)
    assert (done.response_body, done.HasField("error")) == ("fine", False)
    assert not done.HasField("next_attempt_at")


async def test_an_event_that_the_bus_repeats_is_delivered_once(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    await acme.create(f"{server.url}/a")
    events = await delivery.happen(acme.person.org_id, "message.sent")
    await acme.create(f"{server.url}/later")
    await delivery.tell(events)
    await delivery.deliver_due()
    assert [call.path for call in server.calls] == ["/a"]


async def test_calls_are_signed_with_both_secrets_until_the_old_one_expires(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    old = await acme.create(f"{server.url}/a")
    request = endpoints_pb2.RotateWebhookSecretRequest(id=old.endpoint.id, overlap_seconds=3600)
    new = await acme.call(acme.endpoints.RotateWebhookSecret, request)
    await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    assert (await acme.read(old.endpoint.id)).HasField("old_secret_expires_at")
    await delivery.let_time_pass(hours=2)
    assert not (await acme.read(old.endpoint.id)).HasField("old_secret_expires_at")
    await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    during, after = server.calls
    assert (during.is_signed_by(old.secret), during.is_signed_by(new.secret)) == (True, True)
    assert (after.is_signed_by(old.secret), after.is_signed_by(new.secret)) == (False, True)


async def test_a_failed_call_is_shown_and_made_again_until_it_succeeds(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.answers["/a"] = answer(500, "database is down")
    await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    shown = await only_delivery(acme, endpoint_id)
    assert (shown.status, shown.response_code) == (PENDING, 500)
    assert shown.response_body == "database is down"
    assert shown.error == "The endpoint answered 500. It must answer with a 2xx status."
    assert shown.next_attempt_at.ToDatetime(UTC) > datetime.now(UTC)
    assert (await acme.read(endpoint_id)).HasField("failing_since")
    del server.answers["/a"]
    await delivery.let_time_pass(seconds=10)
    await delivery.deliver_due()
    done = await only_delivery(acme, endpoint_id)
    assert (done.status, done.attempts) == (DELIVERED, 2)
    assert not (await acme.read(endpoint_id)).HasField("failing_since")


async def test_no_event_is_lost_while_an_endpoint_fails_for_an_hour(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    await acme.create(f"{server.url}/a")
    server.answers["/a"] = answer(500)
    told = set()
    for _ in range(12):
        events = await delivery.happen(acme.person.org_id, *["message.sent"] * 5)
        told |= {event.id for event in events}
        await delivery.deliver_due()
        await delivery.let_time_pass(minutes=5)
    del server.answers["/a"]
    server.calls.clear()
    for _ in range(20):
        await delivery.deliver_due()
        await delivery.let_time_pass(minutes=30)
    assert {call.headers["webhook-id"] for call in server.calls} == told
    assert len(server.calls) == len(told)


async def test_a_call_that_failed_twelve_times_over_three_days_is_given_up_and_can_be_replayed(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.answers["/a"] = answer(404)
    await delivery.happen(acme.person.org_id, "message.sent")
    for _ in range(14):
        await delivery.deliver_due()
        await delivery.let_time_pass(days=2)
    given_up = await only_delivery(acme, endpoint_id)
    assert (given_up.status, given_up.attempts) == (FAILED, 12)
    del server.answers["/a"]
    request = pb.ReplayWebhookDeliveryRequest(id=given_up.id)
    replayed = await acme.call(acme.deliveries.ReplayWebhookDelivery, request)
    assert replayed.status == PENDING
    await delivery.deliver_due()
    assert (await only_delivery(acme, endpoint_id)).status == DELIVERED
    assert {call.headers["webhook-id"] for call in server.calls} == {given_up.event_id}


async def test_a_call_is_not_made_again_before_the_time_of_retry_after(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.answers["/a"] = answer(429, Retry_After="3600")
    await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    due = (await only_delivery(acme, endpoint_id)).next_attempt_at.ToDatetime(UTC)
    assert due - datetime.now(UTC) > timedelta(minutes=59)


async def test_410_disables_the_endpoint_which_gets_no_further_events(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    await delivery.happen(acme.person.org_id, "message.sent")
    server.answers["/a"] = answer(410)
    await delivery.deliver_due()
    endpoint = await acme.read(endpoint_id)
    assert (endpoint.enabled, endpoint.disabled_reason) == (
        False,
        endpoints_pb2.WEBHOOK_DISABLED_REASON_GONE,
    )
    assert (await only_delivery(acme, endpoint_id)).status == FAILED
    await delivery.happen(acme.person.org_id, "message.failed")
    await delivery.deliver_due()
    assert len(server.calls) == 1


async def test_pending_events_of_a_disabled_endpoint_are_delivered_after_it_is_enabled(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    await delivery.happen(acme.person.org_id, "message.sent")
    disabling = endpoints_pb2.DisableWebhookEndpointRequest(id=endpoint_id)
    await acme.call(acme.endpoints.DisableWebhookEndpoint, disabling)
    await delivery.deliver_due()
    assert not server.calls
    enabling = endpoints_pb2.EnableWebhookEndpointRequest(id=endpoint_id)
    await acme.call(acme.endpoints.EnableWebhookEndpoint, enabling)
    await delivery.deliver_due()
    assert (await only_delivery(acme, endpoint_id)).status == DELIVERED


async def test_redirects_are_not_followed(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.answers["/a"] = answer(307, Location=f"{server.url}/b")
    await delivery.happen(acme.person.org_id, "message.sent")
    await delivery.deliver_due()
    shown = await only_delivery(acme, endpoint_id)
    assert "Redirects are not followed" in shown.error
    assert not server.calls_of("/b")


async def test_an_endpoint_that_fails_again_and_again_is_not_called_for_a_while(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    await acme.create(f"{server.url}/a")
    server.answers["/a"] = answer(500)
    await delivery.happen(acme.person.org_id, *["message.sent"] * 50)
    await delivery.deliver_due()
    assert len(server.calls) < 15


async def test_a_hundred_endpoints_that_hang_do_not_slow_the_others(
    settings: WebhooksSettings, database: Database, acme: Customer, server: CustomerServer
) -> None:
    hanging = [Customer(acme.running) for _ in range(5)]
    for customer in hanging:
        for number in range(20):
            path = f"/{customer.person.org_id}/{number}"
            server.answers[path] = None
            await customer.create(server.url + path)
    await acme.create(f"{server.url}/well")
    async with delivering(settings, database, answer_seconds=30) as delivery:
        for customer in hanging:
            await delivery.happen(customer.person.org_id, *["message.sent"] * 20)
        await delivery.happen(acme.person.org_id, *["message.sent"] * 300)
        running = asyncio.create_task(delivery.calls.run())
        await wait_until(lambda: len(server.calls_of("/well")) == 300, 60)
        held = len(server.calls) - 300
        running.cancel()
        assert held <= 200


async def test_calls_claimed_by_a_process_that_died_are_made_when_its_lease_ends(
    acme: Customer, delivery: Delivering, server: CustomerServer, database: Database
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    await delivery.happen(acme.person.org_id, "message.sent")
    async with database.system() as connection:
        claimed = await queue.claim(connection, {UUID(endpoint_id): 2}, 0, 10, 60)
    assert len(claimed) == 1
    await delivery.deliver_due()
    assert not server.calls
    await delivery.let_time_pass(minutes=2)
    await delivery.deliver_due()
    assert (await only_delivery(acme, endpoint_id)).status == DELIVERED


async def test_a_call_that_could_not_begin_in_time_is_made_later_and_is_not_a_failure(
    acme: Customer,
    delivery: Delivering,
    server: CustomerServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    await delivery.happen(acme.person.org_id, "message.sent")
    with monkeypatch.context() as frozen:
        frozen.setattr(make_calls, "_CALL_BEGINS_WITHIN_SECONDS", -1.0)
        await delivery.deliver_due()
    assert not server.calls
    waiting = await only_delivery(acme, endpoint_id)
    assert (waiting.status, waiting.HasField("error")) == (PENDING, False)
    assert not (await acme.read(endpoint_id)).HasField("failing_since")
    await delivery.let_time_pass(minutes=2)
    await delivery.deliver_due()
    assert (await only_delivery(acme, endpoint_id)).status == DELIVERED


async def test_a_customer_can_limit_the_calls_per_second(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    await acme.create(f"{server.url}/a", max_per_second=3)
    await delivery.happen(acme.person.org_id, *["message.sent"] * 50)
    until = Deadline.after(1)
    while not until.has_passed:
        await delivery.deliver_due()
        await asyncio.sleep(0.01)
    assert 3 <= len(server.calls) <= 9
