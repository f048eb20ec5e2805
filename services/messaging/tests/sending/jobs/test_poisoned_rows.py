"""A bad row does not stop a job: the good rows are handled, and the bad one is recorded."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from nats.js.errors import NotFoundError
from sqlalchemy import text

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, store
from tests.fixtures.poison import is_recorded, letters, poisoned, recorded, try_again
from tests.fixtures.running import Running

MANY = 1_000
"""The batch size of the job."""

_UNCHARGED = "UPDATE sms_messages SET charged = false WHERE id = ANY(:ids)"
_EXPIRED = "UPDATE sms_messages SET next_step_at = now() - interval '1 s' WHERE id = ANY(:ids)"
_TOO_LATE = "UPDATE sms_messages SET valid_until = now() - interval '1 s' WHERE id = ANY(:ids)"
_IN_TEST_MODE = "UPDATE sms_messages SET next_step_at = now(), org_id = overlay(org_id::text"
_IN_TEST_MODE += " PLACING '8' FROM 15 FOR 1)::uuid WHERE id = ANY(:ids)"
_TO_REFUND = "UPDATE sms_messages SET refund_due = true WHERE id = ANY(:ids)"


@pytest.fixture
async def rows(
    settings: MessagingSettings, billing: Running, contacts: Running
) -> AsyncIterator["Rows"]:
    """Run messaging without jobs of its own."""
    database = Database(settings.database_url.get_secret_value())
    yield Rows(settings, database)
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM sms_messages"))
        await connection.execute(text("DELETE FROM failing_items"))
        await connection.execute(text("DELETE FROM outbox"))
    await database.close()


class Rows:
    """Runs jobs on the rows that a test stores."""

    def __init__(self, settings: MessagingSettings, database: Database) -> None:
        self.settings = settings
        self.database = database

    async def run(self, job: str) -> None:
        """Run a job of messaging once."""
        assert await app.run_job(self.settings, job)

    async def store(self, count: int, then: str = "", **fields: object) -> Sequence[UUID]:
        """Store messages, each in another organisation. Returns their ids in order."""
        messages = [Past(**fields) for _ in range(count)]  # type: ignore[arg-type]
        for message in messages:
            await store(self.database, new_id(), [message])
        ids = [message.id for message in messages]
        if then:
            await self.execute(then, ids=ids)
        return ids

    async def execute(self, statement: str, **parameters: object) -> None:
        async with self.database.system() as connection:
            await connection.execute(text(statement), parameters)

    async def where(self, condition: str) -> set[UUID]:
        """Return the messages that match `condition`."""
        async with self.database.system() as connection:
            query = text("SELECT id FROM sms_messages WHERE " + condition)  # noqa: S608
            return set((await connection.execute(query)).scalars())


@pytest.mark.poison("messaging/expire-leases")
async def test_a_message_whose_lease_cannot_be_ended_does_not_stop_others(rows: Rows) -> None:
    bad, *good = await rows.store(3, _EXPIRED, status="sending")
    async with poisoned(rows.database, "sms_messages", "UPDATE", f"OLD.id = '{bad}'"):
        await rows.run("expire-leases")
        assert await rows.where("status = 'unknown'") == set(good)
        assert await is_recorded(rows.database, "expire-leases", bad)
        await rows.run("expire-leases")  # it is not tried again for a while
        assert (await recorded(rows.database, "expire-leases"))[0].attempts == 1
    await try_again(rows.database)
    await rows.run("expire-leases")
    assert await rows.where("status = 'unknown'") == {bad, *good}
    assert await recorded(rows.database, "expire-leases") == []
    first, last = await letters(rows.database)
    assert (first.letter_id, first.HasField("resolved_at")) == (last.letter_id, False)
    assert last.HasField("resolved_at")


@pytest.mark.parametrize("bad_ones", [120])
async def test_failing_messages_that_are_first_in_the_queue_do_not_stop_the_others(
    rows: Rows, bad_ones: int
) -> None:
    ids = await rows.store(1, _EXPIRED, status="sending")
    template = "INSERT INTO sms_messages (id, org_id, contact_id, to_number, body, direction,"
    template += " status, segments, price_cents, charged, next_step_at) SELECT"
    template += " ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, :org, :org, '+1',"
    template += " 'x', 'out', 'sending', 1, 1, true, now() - interval '1 s'"
    await rows.execute(f"{template} FROM generate_series(1, {MANY}) AS n", org=new_id())
    bad = "OLD.id::text LIKE '00000000-%'"
    fail = "INSERT INTO failing_items (job, item, id, cause, next_attempt_at, told) SELECT"
    fail += " 'expire-leases', id::text, id, 'x', now() + interval '1 hour', true"
    await rows.execute(f"{fail} FROM sms_messages WHERE id::text LIKE '00000000-%'")
    async with poisoned(rows.database, "sms_messages", "UPDATE", bad):
        await rows.run("expire-leases")
    assert await rows.where("status = 'unknown'") == set(ids)


@pytest.mark.poison("messaging/expire-messages")
async def test_a_message_that_cannot_expire_does_not_stop_others(rows: Rows) -> None:
    bad, *good = await rows.store(3, _TOO_LATE, status="pending")
    async with poisoned(rows.database, "sms_messages", "UPDATE", f"OLD.id = '{bad}'"):
        await rows.run("expire-messages")
        assert await rows.where("status = 'failed' AND error_code = 100001") == set(good)
        assert await is_recorded(rows.database, "expire-messages", bad)


@pytest.mark.poison("messaging/give-up-abandoned")
async def test_a_message_that_cannot_be_discarded_does_not_stop_others(rows: Rows) -> None:
    old = datetime.now(UTC) - timedelta(minutes=11)
    bad, *_ = await rows.store(3, _UNCHARGED, status="pending", created_at=old)
    async with poisoned(rows.database, "sms_messages", "DELETE", f"OLD.id = '{bad}'"):
        await rows.run("give-up-abandoned")
        assert await rows.where("true") == {bad}
        assert await is_recorded(rows.database, "give-up-abandoned", bad)


@pytest.mark.poison("messaging/collect-refunds")
async def test_a_refund_that_cannot_be_settled_does_not_stop_others(rows: Rows) -> None:
    bad, *_ = await rows.store(3, _TO_REFUND, status="failed")
    async with poisoned(rows.database, "sms_messages", "UPDATE", f"OLD.id = '{bad}'"):
        await rows.run("collect-refunds")
        assert await rows.where("refund_due") == {bad}
        assert await is_recorded(rows.database, "collect-refunds", bad)


@pytest.mark.poison("messaging/withdraw-cancelled")
async def test_a_campaign_that_cannot_be_withdrawn_does_not_stop_others(rows: Rows) -> None:
    bad, good = new_id(), new_id()
    for campaign in (bad, good):
        await rows.store(1, status="pending", campaign_id=campaign)
    await rows.execute("UPDATE campaign_counts SET withdrawn = true, held = true, pending = 1")
    condition = f"NEW.status = 'cancelled' AND OLD.campaign_id = '{bad}'"
    async with poisoned(rows.database, "sms_messages", "UPDATE", condition):
        await rows.run("withdraw-cancelled")
        assert len(await rows.where(f"status = 'cancelled' AND campaign_id = '{good}'")) == 1
        assert await is_recorded(rows.database, "withdraw-cancelled", bad)


@pytest.mark.poison("messaging/give-up-lookups")
async def test_a_lookup_that_cannot_be_ended_does_not_stop_others(rows: Rows) -> None:
    bad, good = new_id(), new_id()
    for charge in (bad, good):
        await rows.execute(
            "INSERT INTO phone_lookups (org_id, phone, charge_id, lease_until)"
            " VALUES (:id, '+14155550100', :id, now() - interval '1 s')",
            id=charge,
        )
    async with poisoned(rows.database, "phone_lookups", "UPDATE", f"OLD.charge_id = '{bad}'"):
        await rows.run("give-up-lookups")
        async with rows.database.system() as connection:
            query = text("SELECT charge_id FROM phone_lookups WHERE charge_id IS NOT NULL")
            assert (await connection.execute(query)).scalars().all() == [bad]
        assert await is_recorded(rows.database, "give-up-lookups", bad)


@pytest.mark.poison("messaging/write-exports")
async def test_an_export_that_cannot_be_read_does_not_stop_others(rows: Rows) -> None:
    bad, good = await _exports(rows, "pending", '{"nobody": "knows this"}', "{}")
    await rows.run("write-exports")
    assert await _export_states(rows) == {bad: "running", good: "done"}
    assert await is_recorded(rows.database, "write-exports", bad, "Error")


@pytest.mark.poison("messaging/forget-exports")
async def test_an_export_that_cannot_be_deleted_does_not_stop_others(rows: Rows) -> None:
    bad, _ = await _exports(rows, "done", "{}", "{}")
    async with poisoned(rows.database, "message_exports", "DELETE", f"OLD.id = '{bad}'"):
        await rows.run("forget-exports")
        assert [*await _export_states(rows)] == [bad]
        assert await is_recorded(rows.database, "forget-exports", bad)


async def _exports(rows: Rows, status: str, *wanted: str) -> Sequence[UUID]:
    await rows.execute("DELETE FROM message_exports")
    ids = [new_id() for _ in wanted]
    for export_id, what in zip(ids, wanted, strict=True):
        await rows.execute(
            "INSERT INTO message_exports (id, org_id, wanted, status, finished_at, expires_at)"
            " SELECT :id, :id, CAST(:wanted AS jsonb), :status, done.at, done.at FROM (SELECT"
            " CASE WHEN :status = 'done' THEN now() - interval '1 s' END AS at) AS done",
            id=export_id,
            wanted=what,
            status=status,
        )
    return ids


async def _export_states(rows: Rows) -> dict[UUID, str]:
    async with rows.database.system() as connection:
        found = await connection.execute(text("SELECT id, status FROM message_exports"))
        return {row.id: row.status for row in found}


@pytest.mark.poison("messaging/archive-messages")
async def test_a_month_that_cannot_be_archived_does_not_stop_others(rows: Rows) -> None:
    bad, _ = await rows.store(2, created_at=datetime(2020, 1, 5, tzinfo=UTC))
    async with poisoned(rows.database, "sms_messages", "DELETE", f"OLD.id = '{bad}'"):
        await rows.run("archive-messages")
        assert await rows.where("true") == {bad}
        [found] = await recorded(rows.database, "archive-messages")
        assert found.item == f"2020-01 of {found.org_id}"


@pytest.mark.poison("messaging/forget-handled")
async def test_a_row_that_cannot_be_deleted_does_not_stop_others(rows: Rows) -> None:
    old = "INSERT INTO inbox VALUES ('tests', :id, now() - interval '50 days')"
    for name in ("bad", "good"):
        await rows.execute(old, id=name)
    async with poisoned(rows.database, "inbox", "DELETE", "OLD.message_id = 'bad'"):
        await rows.run("forget-handled")
        async with rows.database.system() as connection:
            left = await connection.execute(text("SELECT message_id FROM inbox"))
            assert left.scalars().all() == ["bad"]
        assert await is_recorded(rows.database, "forget-handled", "inbox/tests/bad")


@pytest.mark.poison("messaging/ring-doorbells")
async def test_no_sender_is_woken_for_an_organisation_whose_sending_fails(
    rows: Rows, bus: Bus
) -> None:
    due = "UPDATE sms_messages SET next_step_at = now() - interval '9 s' WHERE id = ANY(:ids)"
    ids = await rows.store(2, due, status="pending")
    async with rows.database.system() as connection:
        query = text("SELECT org_id FROM sms_messages WHERE id = ANY(:ids) ORDER BY id")
        bad, good = (await connection.execute(query, {"ids": ids})).scalars()
    await rows.execute(
        "INSERT INTO failing_items (job, item, id, org_id, cause, next_attempt_at, told)"
        " VALUES ('send', CAST(:org AS uuid)::text, :org, :org, 'x', now() + interval '1 h', true)",
        org=bad,
    )
    await rows.run("ring-doorbells")
    # Nobody takes jobs off the queue here, so every published job is still there.
    assert (await bus.stream.get_last_msg("JOBS", f"job.send.{good}")).subject
    with pytest.raises(NotFoundError):
        await bus.stream.get_last_msg("JOBS", f"job.send.{bad}")
    await bus.stream.purge_stream("JOBS", subject=f"job.send.{good}")


@pytest.mark.poison("messaging/report-test-messages")
async def test_a_test_message_that_cannot_be_reported_about_does_not_stop_others(
    rows: Rows,
) -> None:
    bad, *good = await rows.store(3, _IN_TEST_MODE, status="queued")
    async with poisoned(rows.database, "delivery_events", "INSERT", f"NEW.message_id = '{bad}'"):
        await rows.run("report-test-messages")
        assert await rows.where("status = 'sent'") == set(good)
        assert await is_recorded(rows.database, "report-test-messages", bad)
    await try_again(rows.database)
    await rows.execute(_IN_TEST_MODE, ids=[bad])
    await rows.run("report-test-messages")
    assert await rows.where("status = 'sent'") == {bad, *good}
    assert await recorded(rows.database, "report-test-messages") == []
