"""Messages that an organisation doesn't want to keep any longer are deleted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.history.jobs import forget_messages
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.jobs.forget_messages import ForgetMessages
from services.messaging.history.storage import archive_files, retention
from services.messaging.inbox.support.conversation_updates import ConversationUpdates
from services.messaging.tests.history.storage.history_rows import Past, add_event, spread, store
from tests.fixtures.poison import is_recorded, poisoned

DAYS = 90
_CONVERSATION = text("""
INSERT INTO message_threads
  (org_id, contact_id, phone, last_message, last_message_at, unread_count, opt_out_review_since,
   opt_out_review_message_id)
VALUES (:org_id, :contact_id, '+14156000001', :body, :at, :unread, :review, :reviewed)
""")
_TO_ATTENDEE = text("""
UPDATE sms_messages SET event_id = uuidv7(), attendee_id = uuidv7(),
  notification_type = 'invitation'
WHERE id = :id
""")


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def forgetting(database: Database, folder: Path) -> ForgetMessages:
    return ForgetMessages(database, folder, ConversationUpdates())


async def keep_for(database: Database, org_id: UUID, days: int | None) -> None:
    async with database.org(org_id) as connection:
        await retention.put(connection, org_id, days)


async def kept(database: Database, org_id: UUID) -> set[UUID]:
    query = text("SELECT id FROM sms_messages WHERE org_id = :org_id")
    async with database.org(org_id) as connection:
        return set((await connection.execute(query, {"org_id": org_id})).scalars())


async def open_conversation(
    database: Database,
    org_id: UUID,
    message: Past,
    unread: int = 0,
    review: datetime | None = None,
) -> None:
    values = {
        "org_id": org_id,
        "contact_id": message.contact_id,
        "body": message.body,
        "at": message.created_at,
        "unread": unread,
        "review": review,
        "reviewed": message.id if review else None,
    }
    async with database.org(org_id) as connection:
        await connection.execute(_CONVERSATION, values)


async def conversations(database: Database, org_id: UUID) -> Sequence[tuple[UUID, str, int]]:
    query = text(
        "SELECT contact_id, last_message, unread_count FROM message_threads"
        " WHERE org_id = :org_id ORDER BY contact_id"
    )
    async with database.org(org_id) as connection:
        rows = await connection.execute(query, {"org_id": org_id})
        return [(row.contact_id, row.last_message, row.unread_count) for row in rows]


async def test_sent_and_received_messages_are_deleted_when_they_are_older_than_they_are_kept(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_messages, "_BATCH", 3)
    org_id, keeps_all, had_a_limit = new_id(), new_id(), new_id()
    old = [
        *spread(Past(ago(DAYS + 1)), 5),
        *spread(Past(ago(DAYS + 1), "received", direction="in"), 4),
    ]
    young = [Past(ago(DAYS - 1)), Past(ago(DAYS - 1), "received", direction="in")]
    await store(database, org_id, [*old, *young])
    await add_event(database, org_id, old[0].id, "delivered")
    for other in (keeps_all, had_a_limit):
        await store(database, other, [replace(old[0], id=new_id())])
    await keep_for(database, org_id, DAYS)
    await keep_for(database, had_a_limit, None)
    await forgetting(database, tmp_path).forget_old()
    assert await kept(database, org_id) == {message.id for message in young}
    assert len(await kept(database, keeps_all)) == len(await kept(database, had_a_limit)) == 1
    async with database.org(org_id) as connection:
        events = text("SELECT count(*) FROM delivery_events WHERE org_id = :org_id")
        assert await connection.scalar(events, {"org_id": org_id}) == 0


async def test_messages_in_progress_and_those_to_attendees_are_kept(
    database: Database, tmp_path: Path
) -> None:
    org_id = new_id()
    stay = [Past(ago(400), status) for status in ("pending", "sending", "unknown", "delivered")]
    await store(database, org_id, [*stay, Past(ago(400))])
    async with database.org(org_id) as connection:
        await connection.execute(_TO_ATTENDEE, {"id": stay[-1].id})
    await keep_for(database, org_id, DAYS)
    await forgetting(database, tmp_path).forget_old()
    assert await kept(database, org_id) == {message.id for message in stay}


async def test_conversations_show_what_is_left_and_disappear_when_nothing_is(
    database: Database, tmp_path: Path
) -> None:
    org_id = new_id()
    asked = Past(ago(100), "received", direction="in", body="Old question")
    answered = replace(asked, id=new_id(), created_at=ago(10), body="New question")
    alone, waits = Past(ago(100), body="Alone"), Past(ago(100), body="Please stop")
    await store(database, org_id, [asked, answered, alone, waits])
    await open_conversation(database, org_id, answered, unread=2)
    await open_conversation(database, org_id, alone)
    await open_conversation(database, org_id, waits, review=ago(100))
    await keep_for(database, org_id, DAYS)
    await forgetting(database, tmp_path).forget_old()
    expected = [(asked.contact_id, "New question", 1), (waits.contact_id, "", 0)]
    assert await conversations(database, org_id) == sorted(expected)


async def test_months_of_the_archive_are_deleted_when_they_are_older_than_messages_are_kept(
    database: Database, tmp_path: Path
) -> None:
    org_id, other = new_id(), new_id()
    long_ago, border = Past(ago(900)), Past(ago(700))
    for each in (org_id, other):
        await store(database, each, [replace(long_ago, id=new_id()), replace(border, id=new_id())])
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    await keep_for(database, org_id, 800)
    await forgetting(database, tmp_path).forget_old()
    [left] = archive_files.names_after(tmp_path, org_id, "")
    assert left.startswith(f"{border.created_at:%Y-%m}/")
    assert len(archive_files.names_after(tmp_path, other, "")) == 2


@pytest.mark.poison("messaging/forget-messages")
async def test_an_organisation_whose_messages_cannot_be_deleted_does_not_stop_the_others(
    database: Database, tmp_path: Path
) -> None:
    bad, good = sorted((new_id(), new_id()))
    for org_id in (bad, good):
        await store(database, org_id, [Past(ago(100))])
        await keep_for(database, org_id, DAYS)
    async with poisoned(database, "sms_messages", "DELETE", f"OLD.org_id = '{bad}'"):
        await forgetting(database, tmp_path).forget_old()
        assert await is_recorded(database, "forget-messages", bad)
    assert len(await kept(database, bad)) == 1
    assert await kept(database, good) == set()
