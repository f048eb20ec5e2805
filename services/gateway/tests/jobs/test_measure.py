"""Mails that are not sent yet are measured."""

from collections.abc import AsyncIterator, Callable

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from services.gateway.jobs.measure import measure_mails

_MAILS = text("""
WITH org AS (
  INSERT INTO orgs (id, name) VALUES (uuidv7(), 'Org') RETURNING id
), member AS (
  INSERT INTO users (id, org_id, email, name, password_hash)
  SELECT uuidv7(), id, 'somebody@example.test', 'Somebody', '' FROM org RETURNING id, org_id
)
INSERT INTO mails (id, org_id, kind, user_id, created_at, sent_at)
SELECT uuidv7(), org_id, 'password_reset', id, now() - age, CASE WHEN sent THEN now() END
FROM member, (VALUES
  (interval '2 minutes', false), (interval '0', false), (interval '1 day', true)
) AS mail (age, sent)
""")


@pytest.fixture
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(migrated_database("gateway"))
    yield database
    await database.close()


async def test_mails_that_are_not_sent_are_counted_with_the_age_of_the_oldest(
    database: Database,
) -> None:
    async with database.system() as connection:
        await connection.execute(_MAILS)
        await measure_mails(connection)
    assert REGISTRY.get_sample_value("smsblaster_mails_waiting") == 2
    assert 120 <= (REGISTRY.get_sample_value("smsblaster_mails_oldest_seconds") or 0) < 300
