"""Results are recorded once, whatever happens to their transactions."""

from uuid import UUID

import pytest
from sqlalchemy import select

from servicekit.db.database import Database
from services.webhooks.delivery.storage.tables import webhook_endpoints
from services.webhooks.delivery.usecases import record_results
from services.webhooks.tests.delivery.conftest import Customer, Delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer, answer
from tests.fixtures.poison import poisoned


async def failures_of(database: Database, endpoint_id: str) -> int:
    """Return how many failed calls in a row are recorded for an endpoint."""
    query = select(webhook_endpoints.c.failures).where(webhook_endpoints.c.id == UUID(endpoint_id))
    async with database.system() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_failed_call_counts_once_though_its_endpoint_can_not_be_disabled(
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
