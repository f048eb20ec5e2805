"""What a clock that was ahead has put off is made due, in the database of each service."""

from collections.abc import Callable
from importlib import import_module

import pytest
from sqlalchemy import text

from servicekit.db.database import Database

_SERVICES = ("billing", "campaigns", "contacts", "gateway", "messaging", "webhooks")

_MESSAGE = text("""
INSERT INTO sms_messages (id, org_id, to_number, body, direction, status, segments, price_cents,
  charged, next_step_at, attempted_at, status_updated_at)
VALUES (uuidv7(), uuidv7(), '+14155550100', 'Hi', 'out', :status, 1, 1, true,
  now() + CAST(:wait AS interval), now() + CAST(:at AS interval), now() + CAST(:at AS interval))
""")
_WAITS = text("""
SELECT status || CASE WHEN status_updated_at > now() THEN '' ELSE ' before' END AS status,
  CAST(extract(epoch FROM next_step_at - now()) AS integer) AS seconds
FROM sms_messages WHERE next_step_at < 'infinity'
""")


@pytest.mark.parametrize("service", _SERVICES)
async def test_it_runs_in_the_database_of_each_service(
    migrated_database: Callable[[str], str], service: str
) -> None:
    await _put_off_no_more(Database(migrated_database(service)), service)


async def test_texts_that_a_wrong_clock_put_off_are_due_and_claims_last_a_lease_more(
    migrated_database: Callable[[str], str],
) -> None:
    database = Database(migrated_database("messaging"))
    ten_minutes, with_lease = "10 minutes", "11 minutes"
    async with database.system() as connection:
        for status, wait, at in (
            ("pending", ten_minutes, ten_minutes),
            ("unknown", ten_minutes, ten_minutes),
            ("sending", with_lease, ten_minutes),
            ("sent", with_lease, ten_minutes),
            ("sent", "1 hour", "-1 hour"),
            ("queued", "10 hours", "-1 hour"),
        ):
            values = {"status": status, "wait": wait, "at": at}
            await connection.execute(_MESSAGE, values)
    await _put_off_no_more(database, "messaging")
    async with database.system() as connection:
        waits = {row.status: row.seconds for row in await connection.execute(_WAITS)}
    await database.close()
    assert waits.pop("sending") == pytest.approx(60, abs=30)
    assert waits.pop("sent before") == pytest.approx(3600, abs=60)
    assert all(seconds <= 0 for seconds in waits.values())


async def _put_off_no_more(database: Database, service: str) -> None:
    async with database.system() as connection:
        for statement in import_module(f"services.{service}.storage.put_off").PUT_OFF:
            await connection.execute(statement)
