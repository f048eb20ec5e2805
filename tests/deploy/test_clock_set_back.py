"""After a wrong clock is set back, rows whose due times it had set too late become due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from sqlalchemy import TextClause, extract, func, literal_column, select, table, text

from servicekit.db.database import Database
from tests.architecture.source import ROOT


@dataclass(frozen=True)
class Waiting:
    """A row of ``service`` that is due in ten minutes. ``column`` contains its due time.

    ``lease``: how many seconds the row may still have to wait after the clock was corrected.
    """

    service: str
    column: str
    insert: str
    lease: int = 0

    def __str__(self) -> str:
        return f"{self.service} {self.column}"


_WAITING = (
    Waiting(
        "billing",
        "notifications.due_at",
        "INSERT INTO notifications (id, org_id, type, payload, attempts, due_at)"
        " VALUES (uuidv7(), uuidv7(), 'low_balance', '{}', 1, :later)",
    ),
    Waiting(
        "campaigns",
        "sms_campaigns.next_plan_at",
        "INSERT INTO sms_campaigns (id, org_id, name, message, body, list_id, status, created_by,"
        " started_at, next_plan_at) VALUES (uuidv7(), uuidv7(), 'Summer', 'Hi', 'Hi', uuidv7(),"
        " 'running', uuidv7(), now(), :later)",
    ),
    Waiting(
        "contacts",
        "import_jobs.leased_until",
        "INSERT INTO import_jobs (id, org_id, status, mapping, default_country, leased_until)"
        " VALUES (uuidv7(), uuidv7(), 'running', '{}', 'US', :later)",
    ),
    Waiting(
        "gateway",
        "mails.due_at",
        "WITH org AS (INSERT INTO orgs (id, name) VALUES (uuidv7(), 'Acme') RETURNING id),"
        " person AS (INSERT INTO users (id, org_id, email, name, password_hash)"
        " SELECT uuidv7(), id, 'a@example.com', 'A', 'x' FROM org RETURNING id, org_id)"
        " INSERT INTO mails (id, org_id, user_id, kind, due_at)"
        " SELECT uuidv7(), org_id, id, 'password_reset', :later FROM person",
    ),
    Waiting(
        "messaging",
        "twilio_subaccounts.setup_lease_until",
        "INSERT INTO twilio_subaccounts (org_id, friendly_name, setup_lease_until)"
        " VALUES (uuidv7(), 'Acme', :later)",
        lease=90,
    ),
    Waiting(
        "messaging",
        "phone_lookups.lease_until",
        "INSERT INTO phone_lookups (org_id, phone, charge_id, lease_until)"
        " VALUES (uuidv7(), '+14155550100', uuidv7(), :later)",
        lease=60,
    ),
    Waiting(
        "messaging",
        "number_purchases.lease_until",
        "INSERT INTO number_purchases (id, org_id, user_id, email, phone_number, country,"
        " number_type, cents_per_month, lease_until) VALUES (uuidv7(), uuidv7(), uuidv7(),"
        " 'a@example.com', '+14155550100', 'US', 'local', 150, :later)",
        lease=120,
    ),
    Waiting(
        "messaging",
        "a2p_brand.next_step_at",
        "INSERT INTO a2p_brand (org_id, status, payload, next_step_at)"
        " VALUES (uuidv7(), 'pending', '{}', :later)",
    ),
    Waiting(
        "messaging",
        "a2p_campaign.next_step_at",
        "INSERT INTO a2p_campaign (id, org_id, brand_sid, messaging_service_sid, status, use_case,"
        " payload, next_step_at)"
        " VALUES (uuidv7(), uuidv7(), 'BN1', 'MG1', 'pending', 'MIXED', '{}', :later)",
    ),
    Waiting(
        "webhooks",
        "webhook_logs.next_attempt_at",
        "INSERT INTO webhook_logs (id, source, external_id, payload, received_at, next_attempt_at)"
        " VALUES (uuidv7(), 'stripe', 'evt_1', '', now(), :later)",
    ),
)

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


@pytest.mark.parametrize("waiting", _WAITING, ids=str)
async def test_after_a_wrong_clock_was_corrected_rows_dated_too_far_ahead_become_due(
    migrated_database: Callable[[str], str], waiting: Waiting
) -> None:
    database = Database(migrated_database(waiting.service))
    later = datetime.now(UTC) + timedelta(minutes=10)
    name, column = waiting.column.split(".")
    wait = extract("epoch", literal_column(column) - func.now())
    async with database.system() as connection:
        await connection.execute(text(waiting.insert), {"later": later})
    await _make_due(database, waiting.service)
    async with database.system() as connection:
        seconds = await connection.scalar(select(wait).select_from(table(name)))
    await database.close()
    assert seconds is not None
    assert seconds <= waiting.lease


async def test_after_a_wrong_clock_was_corrected_messages_are_due_and_claims_last_one_lease(
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
    await _make_due(database, "messaging")
    async with database.system() as connection:
        waits = {row.status: row.seconds for row in await connection.execute(_WAITS)}
    await database.close()
    assert waits.pop("sending") == pytest.approx(60, abs=30)
    assert waits.pop("sent before") == pytest.approx(3600, abs=60)
    assert all(seconds <= 0 for seconds in waits.values())


async def _make_due(database: Database, service: str) -> None:
    async with database.system() as connection:
        for statement in _statements(service):
            await connection.execute(statement)


def _statements(service: str) -> Sequence[TextClause]:
    [path] = (ROOT / "services" / service).rglob("storage/overdue.py")
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    statements: Sequence[TextClause] = module.MAKE_DUE
    return statements
