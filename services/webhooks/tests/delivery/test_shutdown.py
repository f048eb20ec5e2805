"""A process that is stopped finishes the calls that are under way."""

import asyncio

from services.webhooks.parts.deliver import call_and_record
from services.webhooks.tests.delivery.conftest import Customer, Delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer
from smsblaster.webhooks.v1 import deliveries_pb2 as pb
from tests.fixtures.waiting import wait_until


async def test_a_call_that_is_under_way_is_finished_and_recorded(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    delivery.recording.cancel()
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.held.add("/a")
    await delivery.happen(acme.person.org_id, "message.sent")
    running = asyncio.create_task(call_and_record(delivery.calls, delivery.results))
    await wait_until(lambda: server.calls)
    running.cancel()
    server.release.set()
    await asyncio.wait([running], timeout=100)
    assert running.cancelled()
    [done] = (await acme.delivered_to(endpoint_id)).items
    assert (done.status, done.attempts) == (pb.WEBHOOK_DELIVERY_STATUS_DELIVERED, 1)


async def test_if_results_cannot_be_recorded_the_process_ends_with_the_error(
    acme: Customer, delivery: Delivering, server: CustomerServer
) -> None:
    delivery.recording.cancel()
    await acme.create(f"{server.url}/a")

    async def fail() -> None:
        await wait_until(lambda: server.calls)
        raise RuntimeError("a fault of ours")

    delivery.results.run = fail  # type: ignore[method-assign]
    await delivery.happen(acme.person.org_id, "message.sent")
    running = asyncio.create_task(call_and_record(delivery.calls, delivery.results))
    await asyncio.wait([running], timeout=100)
    assert isinstance(running.exception(), RuntimeError)
