"""Endpoints that fail for a day cause a warning to the organisation, and are disabled later."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from servicekit.bus.outbox import outbox
from servicekit.db.database import Database
from servicekit.ids import id_at
from services.webhooks.delivery.jobs.delete_old_deliveries import delete_old_deliveries
from services.webhooks.delivery.jobs.watch_failing import watch_failing
from services.webhooks.delivery.storage.tables import webhook_deliveries, webhook_events
from services.webhooks.tests.delivery.conftest import Customer, Delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer, answer
from smsblaster.billing.v1.events_pb2 import Noticed
from smsblaster.webhooks.v1 import endpoints_pb2
from tests.fixtures.poison import is_recorded, poisoned


async def notices_of(database: Database, customer: Customer) -> list[str]:
    query = select(outbox.c.payload).where(outbox.c.subject == "event.webhooks.notice")
    async with database.system() as connection:
        rows = (await connection.execute(query.order_by(outbox.c.id))).scalars().all()
    told = [Noticed.FromString(row) for row in rows]
    return [notice.type for notice in told if notice.org_id == str(customer.person.org_id)]


async def fail(customer: Customer, delivery: Delivering, server: CustomerServer, path: str) -> str:
    """Let all calls of a new endpoint fail, and return the endpoint's id."""
    endpoint_id = (await customer.create(server.url + path)).endpoint.id
    server.answers[path] = answer(500)
    await delivery.happen(customer.person.org_id, "message.sent")
    await delivery.deliver_due()
    return endpoint_id


async def test_an_endpoint_that_fails_for_a_day_causes_a_warning_and_after_five_days_it_is_disabled(
    acme: Customer, delivery: Delivering, server: CustomerServer, database: Database
) -> None:
    endpoint_id = await fail(acme, delivery, server, "/a")
    await watch_failing(database)
    assert await notices_of(database, acme) == []
    await delivery.let_time_pass(hours=25)
    await watch_failing(database)
    await watch_failing(database)
    assert await notices_of(database, acme) == ["webhook_failing"]
    assert (await acme.read(endpoint_id)).enabled
    await delivery.let_time_pass(hours=96)
    await watch_failing(database)
    endpoint = await acme.read(endpoint_id)
    assert endpoint.disabled_reason == endpoints_pb2.WEBHOOK_DISABLED_REASON_FAILING
    assert await notices_of(database, acme) == ["webhook_failing", "webhook_disabled"]


async def test_an_endpoint_is_only_disabled_some_time_after_the_organisation_was_warned(
    acme: Customer, delivery: Delivering, server: CustomerServer, database: Database
) -> None:
    endpoint_id = await fail(acme, delivery, server, "/a")
    await delivery.let_time_pass(hours=500)
    await watch_failing(database)
    assert (await acme.read(endpoint_id)).enabled
    assert await notices_of(database, acme) == ["webhook_failing"]


@pytest.mark.poison("webhooks/watch-failing")
async def test_an_endpoint_that_cannot_be_changed_does_not_stop_the_others(
    acme: Customer,
    other: Customer,
    delivery: Delivering,
    server: CustomerServer,
    database: Database,
) -> None:
    bad = await fail(acme, delivery, server, "/bad")
    await fail(other, delivery, server, "/good")
    await delivery.let_time_pass(hours=25)
    async with poisoned(database, "webhook_endpoints", "UPDATE", f"OLD.id = '{bad}'"):
        await watch_failing(database)
    assert await notices_of(database, other) == ["webhook_failing"]
    assert await is_recorded(database, "watch-failing", bad)


@pytest.mark.poison("webhooks/forget-deliveries")
async def test_old_deliveries_and_events_are_deleted(acme: Customer, database: Database) -> None:
    endpoint_id = (await acme.create()).endpoint.id
    ids = [id_at(datetime.now(UTC) - timedelta(days=days)) for days in (40, 31, 29)]
    old, bad, kept = ids
    async with database.system() as connection:
        for each in ids:
            values = {"id": each, "org_id": acme.person.org_id, "endpoint_id": UUID(endpoint_id)}
            event = {"type": "message.sent", "occurred_at": datetime.now(UTC), "payload": "{}"}
            mine = {"id": each, "org_id": acme.person.org_id}
            await connection.execute(insert(webhook_events).values(**mine, **event))
            await connection.execute(insert(webhook_deliveries).values(**values, event_id=each))
    async with poisoned(database, "webhook_deliveries", "DELETE", f"OLD.id = '{bad}'"):
        await delete_old_deliveries(database)
    async with database.system() as connection:
        left = set((await connection.execute(select(webhook_deliveries.c.id))).scalars())
        events = set((await connection.execute(select(webhook_events.c.id))).scalars())
    assert left & {old, bad, kept} == {bad, kept}
    assert events & {old, bad, kept} == {kept}
    assert await is_recorded(database, "forget-deliveries", f"webhook_deliveries/{bad}")
