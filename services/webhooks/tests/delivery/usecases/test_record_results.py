"""Each result is stored once, even if a transaction fails."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.webhooks.delivery.domain.calls import Answer, Claimed, Result
from services.webhooks.delivery.storage import queue
from services.webhooks.delivery.storage.tables import webhook_endpoints
from services.webhooks.delivery.usecases import record_results
from services.webhooks.tests.delivery.conftest import Customer, Delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer, answer
from tests.fixtures.poison import poisoned
from tests.fixtures.waiting import wait_until

_LOCK = text("SELECT id FROM webhook_endpoints WHERE id = :id FOR UPDATE NOWAIT")
_WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")


async def failures_of(database: Database, endpoint_id: str) -> int:
    """Return how many failed calls in a row are recorded for an endpoint."""
    query = select(webhook_endpoints.c.failures).where(webhook_endpoints.c.id == UUID(endpoint_id))
    async with database.system() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_failed_call_counts_once_even_if_its_endpoint_cannot_be_disabled(
    acme: Customer,
    delivery: Delivering,
    server: CustomerServer,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_results, "_AGAIN_SECONDS", 0.0)
    endpoint_id = (await acme.create(f"{server.url}/a")).endpoint.id
    server.answers["/a"] = answer(410)
    await delivery.happen(acme.person.org_id, "message.sent")
    bad = f"NEW.id = '{endpoint_id}' AND NEW.disabled_at IS NOT NULL"
    async with poisoned(database, "webhook_endpoints", "UPDATE", bad):
        await delivery.deliver_due()
    assert (await acme.read(endpoint_id)).enabled
    assert await failures_of(database, endpoint_id) == 1


def result_of(customer: Customer, endpoint_id: UUID, code: int) -> Result:
    """Return the result of a call whose delivery was deleted in the meantime."""
    claimed = Claimed(
        new_id(), customer.person.org_id, endpoint_id, new_id(), 1, 1, "{}", "", None, "", None
    )
    return Result(claimed, Answer(datetime.now(UTC), 5, code), None)


async def test_processes_that_record_results_of_the_same_endpoints_do_not_deadlock(
    acme: Customer, database: Database
) -> None:
    first, second = sorted([UUID((await acme.create()).endpoint.id) for _ in range(2)])
    async with database.system() as connection:
        await queue.record(connection, [result_of(acme, second, 500)])

    async def record() -> None:
        async with database.system() as connection:
            results = [result_of(acme, second, 200), result_of(acme, first, 500)]
            await queue.record(connection, results)

    async with database.system() as another:
        await another.execute(_LOCK, {"id": first})
        pid = (await another.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        recording = asyncio.create_task(record())

        async def waits() -> bool:
            async with database.system() as connection:
                return bool((await connection.execute(_WAITS, {"pid": pid})).scalar_one())

        await wait_until(waits)
        await another.execute(_LOCK, {"id": second})
    await recording
    assert await failures_of(database, str(first)) == 1
    assert await failures_of(database, str(second)) == 0
