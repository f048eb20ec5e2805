"""One bad row among good rows doesn't stop the jobs and consumers of billing."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from servicekit.ids import id_at
from services.billing.jobs.delete_old_notifications import delete_old_notifications
from services.billing.jobs.verify_ledger import verify_ledger
from services.billing.tests.jobs.test_alert_low_balances import Office, office
from services.billing.tests.money import pay_in
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.poison import is_recorded, letters, poisoned, recorded
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

__all__ = ["office"]


@pytest.mark.poison("billing/alert-low-balances")
async def test_an_organisation_that_cannot_be_alerted_does_not_stop_others(
    office: Office,
) -> None:
    bad = Office(office.database, office.simulator, office.send)
    for each in (office, bad):
        await each.set_minimum(1000)
    condition = f"NEW.org_id = '{bad.person.org_id}'"
    async with poisoned(office.database, "notifications", "INSERT", condition):
        await office.run_job()
    assert (len(office.mails()), len(bad.mails())) == (1, 0)
    assert await is_recorded(office.database, "alert-low-balances", bad.person.org_id)


@pytest.mark.poison("billing/send-notifications")
async def test_an_unreadable_alert_does_not_stop_others(office: Office) -> None:
    bad = Office(office.database, office.simulator, office.send)
    await bad.execute(
        "INSERT INTO notifications (id, org_id, type, due_at, payload)"
        " VALUES (:id, :id, 'low_balance', now() - interval '1 hour', '{}')",
        id=bad.person.org_id,
    )
    await office.set_minimum(1000)
    await office.run_job()
    assert len(office.mails()) == 1
    assert await is_recorded(
        office.database, "send-notifications", bad.person.org_id, "KeyError: 'org_name'"
    )


@pytest.mark.poison("billing/forget-notifications")
async def test_a_notification_that_cannot_be_deleted_does_not_stop_others(office: Office) -> None:
    org_id, year_ago = office.person.org_id, datetime.now(UTC) - timedelta(days=366)
    bad, good, read = (id_at(year_ago) for _ in range(3))
    late = id_at(datetime.now(UTC) - timedelta(days=364))
    for notice in (bad, good, late):
        await office.execute(
            "INSERT INTO notices (id, org_id, type, message, entity_type, entity_id, created_at)"
            " VALUES (:id, :org, 'member_joined', 'A', 'user', '1', now())",
            id=notice,
            org=org_id,
        )
    marks = (
        "INSERT INTO notification_reads (user_id, notification_id, org_id) VALUES (:org, :id, :org)"
    )
    for mark in (read, late):
        await office.execute(marks, id=mark, org=org_id)
    alert = (
        "INSERT INTO notifications (id, org_id, type, due_at, payload, sent_at)"
        " VALUES (:id, :org, 'low_balance', now(), '{}', :sent)"
    )
    unsent, sent = id_at(year_ago), id_at(year_ago)
    await office.execute(alert, id=unsent, org=org_id, sent=None)
    await office.execute(alert, id=sent, org=org_id, sent=year_ago)
    async with poisoned(office.database, "notices", "DELETE", f"OLD.id = '{bad}'"):
        await delete_old_notifications(office.database)
    assert await is_recorded(office.database, "forget-notifications", f"notices/{bad}")
    left = text(
        "SELECT id FROM notices WHERE org_id = :org UNION ALL"
        " SELECT notification_id FROM notification_reads WHERE org_id = :org UNION ALL"
        " SELECT id FROM notifications WHERE org_id = :org"
    )
    async with office.database.system() as connection:
        found = (await connection.scalars(left, {"org": org_id})).all()
        await connection.execute(text("DELETE FROM notifications WHERE id = :id"), {"id": unsent})
    assert sorted(found) == sorted([bad, late, late, unsent])


@pytest.mark.poison("billing/verify-ledger")
async def test_a_wrong_balance_is_recorded_as_failing_until_it_is_corrected(office: Office) -> None:
    wrong, right = Person(), Person()
    for person in (wrong, right):
        await pay_in(office.database, person, 100)
    query = "UPDATE user_balances SET balance_cents = balance_cents + :more WHERE user_id = :user"
    async with office.database.system() as connection:
        await connection.execute(text(query), {"more": 1, "user": wrong.user_id})
    for _ in range(2):
        await verify_ledger(office.database)
    assert await is_recorded(office.database, "verify-ledger", wrong.user_id, "101 cents")
    async with office.database.system() as connection:
        await connection.execute(text(query), {"more": -1, "user": wrong.user_id})
    await verify_ledger(office.database)
    assert await recorded(office.database, "verify-ledger") == []


@pytest.mark.poison("billing-stripe")
async def test_an_unreadable_event_does_not_stop_others(
    billing: Running, database: Database, bus: Bus
) -> None:
    good = events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps({"type": "x"}).encode())
    garbage = BusMessage("webhook.stripe", uuid4().hex, b"\xff\xff")
    fine = BusMessage("webhook.stripe", good.id, good.SerializeToString())
    await bus.publish([garbage, fine])

    async def handled() -> bool:
        async with database.system() as connection:
            query = text("SELECT payload FROM outbox WHERE subject = :subject")
            subject = {"subject": "event.billing.webhook_handled"}
            payloads = (await connection.execute(query, subject)).scalars()
            events = [events_pb2.WebhooksHandled.FromString(payload) for payload in payloads]
        return good.id in {outcome.id for event in events for outcome in event.outcomes}

    async def dead_lettered() -> bool:
        found = await letters(database)
        return (garbage.id, "billing-stripe") in {
            (each.message_id, each.consumer) for each in found
        }

    await wait_until(handled)
    await wait_until(dead_lettered)
