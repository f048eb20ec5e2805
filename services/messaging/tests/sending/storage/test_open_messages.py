"""Messages without reports are polled at least every six hours, for at most a week."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.sending.domain.message_status import AWAITING_REPORT
from services.messaging.sending.storage import open_messages
from services.messaging.sending.storage.open_messages import Polling
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, store

LONGEST = 3600
"""The maximum of POLL_AFTER_SECONDS."""
ASKING = Polling("poll-open", AWAITING_REPORT, 200, LONGEST * 5)


async def waits(database: Database, status: str, age: timedelta) -> UUID:
    """Store a message that was sent `age` ago and has got no report since."""
    sent_at = datetime.now(UTC) - age
    past = Past(sent_at, status)
    org_id = new_id()
    await store(database, org_id, [past])
    async with database.org(org_id) as connection:
        await connection.execute(
            text("UPDATE sms_messages SET next_step_at = :at WHERE org_id = :org_id"),
            {"at": sent_at, "org_id": org_id},
        )
    return past.id


async def taken(database: Database) -> set[UUID]:
    async with database.system() as connection:
        return {message.id for message in await open_messages.claim(connection, ASKING)}


@pytest.mark.parametrize("status", ["queued", "sent"])
async def test_a_due_message_is_polled_at_once_and_next_within_six_hours(
    database: Database, status: str
) -> None:
    message_id = await waits(database, status, timedelta(hours=12))
    assert message_id in await taken(database)
    assert message_id not in await taken(database)
    async with database.system() as connection:
        again = await connection.scalar(
            text("SELECT next_step_at FROM sms_messages WHERE id = :id"), {"id": message_id}
        )
    assert timedelta() < again - datetime.now(UTC) < timedelta(hours=6)


@pytest.mark.parametrize(("days", "asked"), [(6, True), (8, False)])
async def test_a_message_is_not_polled_after_a_week(
    database: Database, days: int, asked: bool
) -> None:
    message_id = await waits(database, "sent", timedelta(days=days))
    assert (message_id in await taken(database)) == asked


def test_the_polling_interval_cannot_exceed_its_maximum(settings: MessagingSettings) -> None:
    with pytest.raises(ValidationError, match="poll_after_seconds"):
        MessagingSettings(**{**settings.model_dump(), "poll_after_seconds": LONGEST + 1})
