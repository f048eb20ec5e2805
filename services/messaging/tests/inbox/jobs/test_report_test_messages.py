"""The answer of a test recipient is received, even if that was not possible when it was due."""

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.modes import org_in_test_mode
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, store
from tests.fixtures.poison import poisoned, try_again
from tests.fixtures.running import Running

STATUSES = text("SELECT id, status FROM sms_messages WHERE id = ANY(:ids)")
ANSWERS = text("SELECT body FROM sms_messages WHERE org_id = :org AND direction = 'in'")
DUE = text("UPDATE sms_messages SET next_step_at = now() WHERE id = ANY(:ids)")
LOCKED = "55P03"
"""The error of a lock that was not free in time. It is handled like a service that is away."""
TO = text("UPDATE sms_messages SET to_number = :to WHERE id = :id")


@pytest.mark.parametrize(("number", "answer"), [("+12125550108", "Yes"), ("+12125550109", "STOP")])
async def test_a_test_message_is_not_delivered_before_its_answer_was_received(
    settings: MessagingSettings,
    database: Database,
    billing: Running,
    contacts: Running,
    number: str,
    answer: str,
) -> None:
    org_id, answered, silent = org_in_test_mode(new_id()), Past(status="sent"), Past(status="sent")
    await store(database, org_id, [answered, silent])
    ids = [answered.id, silent.id]

    async def report() -> tuple[dict[object, str], list[str]]:
        async with database.system() as connection:
            await connection.execute(TO, {"to": number, "id": answered.id})
            await connection.execute(DUE, {"ids": ids})
        assert await app.run_job(settings, "report-test-messages")
        async with database.system() as connection:
            found = (await connection.execute(STATUSES, {"ids": ids})).all()
            answers = (await connection.execute(ANSWERS, {"org": org_id})).scalars()
            return {row.id: row.status for row in found}, list(answers)

    async with poisoned(database, "sms_messages", "INSERT", "NEW.direction = 'in'", LOCKED):
        assert await report() == ({answered.id: "sent", silent.id: "delivered"}, [])
    await try_again(database)
    delivered = {answered.id: "delivered", silent.id: "delivered"}
    assert await report() == (delivered, [answer])
