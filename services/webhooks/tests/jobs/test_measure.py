"""Unhandled webhooks, dead letters and late deliveries are measured."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.modes import org_in_test_mode
from services.webhooks.delivery.jobs.measure import measure_deliveries
from services.webhooks.jobs.measure import measure_webhooks

_CALLS = text("""
INSERT INTO webhook_logs (id, source, external_id, payload, received_at, next_attempt_at,
  processed_at, success)
VALUES (uuidv7(), 'stripe', 'a', '', now() - interval '2 minutes', now(), NULL, NULL),
  (uuidv7(), 'stripe', 'b', '', now(), now(), NULL, NULL),
  (uuidv7(), 'stripe', 'c', '', now() - interval '1 day', now(), now(), true)
""")
_LETTERS = text("""
INSERT INTO webhook_dead_letters (id, consumer, subject, message_id, payload, error, attempts,
  replayed_at)
VALUES (uuidv7(), 'billing-stripe', 's', '1', '', 'E', 5, NULL),
  (uuidv7(), 'billing-stripe', 's', '2', '', 'E', 5, NULL),
  (uuidv7(), 'billing-stripe', 's', '3', '', 'E', 5, now())
""")
_ENDPOINT = text("""
INSERT INTO webhook_endpoints (id, org_id, url, description, event_types, secret, disabled_at,
  disabled_reason)
VALUES (:id, :org_id, 'https://example.test', '', '{}', '',
  CASE WHEN :disabled THEN now() END, CASE WHEN :disabled THEN 'by_user' END)
""")
_DELIVERY = text("""
INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event_id, next_attempt_at)
VALUES (uuidv7(), :org_id, :id, uuidv7(), now() - make_interval(secs => :seconds))
""")


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(migrated_database("webhooks"))
    yield database
    await database.close()


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"smsblaster_{name}", labels)


async def test_unhandled_webhooks_and_open_dead_letters_are_counted(database: Database) -> None:
    async with database.system() as connection:
        await connection.execute(_CALLS)
        await connection.execute(_LETTERS)
        await measure_webhooks(connection)
    assert gauge("webhooks_unhandled") == 2
    assert 120 <= (gauge("webhooks_oldest_seconds") or 0) < 300
    assert gauge("dead_letters_open", consumer="billing-stripe") == 2
    async with database.system() as connection:
        await connection.execute(text("UPDATE webhook_dead_letters SET replayed_at = now()"))
        await measure_webhooks(connection)
    assert gauge("dead_letters_open", consumer="billing-stripe") is None


async def test_a_late_delivery_of_a_test_organisation_is_not_measured(database: Database) -> None:
    async with database.system() as connection:
        org_id = org_in_test_mode(uuid4())
        values = {"id": uuid4(), "org_id": org_id, "seconds": 7200, "disabled": False}
        await connection.execute(_ENDPOINT, values)
        await connection.execute(_DELIVERY, values)
        await measure_deliveries(connection)
        await connection.execute(text("DELETE FROM webhook_deliveries"))
    assert gauge("webhook_deliveries_oldest_seconds") == 0


async def test_a_delivery_is_late_only_if_its_endpoint_is_in_use(database: Database) -> None:
    async with database.system() as connection:
        for seconds, disabled in ((3600, True), (90, False), (-60, False)):
            values = {"id": uuid4(), "org_id": uuid4(), "seconds": seconds, "disabled": disabled}
            await connection.execute(_ENDPOINT, values)
            await connection.execute(_DELIVERY, values)
        await measure_deliveries(connection)
    assert gauge("webhook_deliveries_waiting") == 3
    assert 90 <= (gauge("webhook_deliveries_oldest_seconds") or 0) < 300
