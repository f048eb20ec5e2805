"""A person is erased from messages, conversations, scheduled sends, exports and the archive."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.removals import Person, Removed
from services.messaging.common.storage.org_tables import TABLES
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.storage import archive_files
from services.messaging.history.storage.archive import Month
from services.messaging.history.usecases.erase_person import ErasePerson
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, add_event, store
from tests.fixtures.traces import tables_not_deleted, traces_of

NUMBER = "+14156000001"
OLD = datetime(2023, 5, 10, tzinfo=UTC)

_PAST_LOOKUP = text("""
INSERT INTO phone_lookups (org_id, phone, lease_until, charged_cents)
VALUES (:org_id, :phone, now(), 0)
""")
_CONVERSATION = text("""
INSERT INTO message_threads (org_id, contact_id, phone, last_message, last_message_at)
VALUES (:org_id, :contact_id, :phone, :body, now())
""")
_SCHEDULED = text("""
INSERT INTO scheduled_sends (id, org_id, user_id, kind, body, media_urls, send_at, due_at,
  respect_quiet_hours)
VALUES (:id, :org_id, uuidv7(), :kind, :body, '{}', 'infinity', 'infinity', false)
""")
_RECIPIENT = text("""
INSERT INTO scheduled_recipients (scheduled_id, org_id, position, number, phone, contact_id,
  segments, price_cents, smart_encoded, state)
VALUES (:id, :org_id, 0, :phone, :phone, :contact_id, 1, 1, false, 'waiting')
""")
_MESSAGE = text("""
SELECT to_number, from_number, body, status, price_cents, error_code, refund_due
FROM sms_messages WHERE id = :id
""")
_DELIVER = text("UPDATE sms_messages SET status = 'delivered' WHERE id = :id")
_REFUND = text("UPDATE sms_messages SET refund_due = false WHERE org_id = :org_id")


class Eraser:
    """Erases a person with one contact, who was texted in an organisation."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.org_id, self.contact_id = new_id(), new_id()
        self.database, self.folder = database, folder
        self.exports_deleted = 0
        self._erase = ErasePerson(database, folder, self._delete_exports)

    async def _delete_exports(self, org_id: UUID, before: datetime) -> None:
        assert org_id == self.org_id
        self.exports_deleted += 1

    async def call(self, cursor: str = "") -> Removed:
        person = Person([NUMBER], [self.contact_id])
        return await self._erase.erase(self.org_id, person, cursor)

    async def finish(self) -> dict[str, int]:
        """Call until nothing is left, and return the sums of the counts."""
        counts, removed = dict[str, int](), Removed(done=False)
        while not removed.done:
            assert removed.waiting_for is None
            removed = await self.call(removed.cursor)
            for name, count in removed.counts.items():
                counts[name] = counts.get(name, 0) + count
        return counts

    async def execute(self, statement: Any, **values: object) -> None:
        given = {"org_id": self.org_id, "contact_id": self.contact_id, "phone": NUMBER}
        async with self.database.org(self.org_id) as connection:
            await connection.execute(statement, {**given, **values})

    async def message(self, message_id: UUID) -> Any:
        async with self.database.org(self.org_id) as connection:
            return (await connection.execute(_MESSAGE, {"id": message_id})).one()


@pytest.fixture
def eraser(database: Database, tmp_path: Path) -> Eraser:
    return Eraser(database, tmp_path)


async def test_a_person_leaves_no_trace_and_messages_keep_status_and_price(
    eraser: Eraser, database: Database
) -> None:
    own = Past(body="Dear Wilhelmine", contact_id=eraser.contact_id, campaign_id=new_id())
    answer = Past(
        body="Wilhelmine here", contact_id=eraser.contact_id, direction="in", status="received"
    )
    other = Past(body="Dear Bartholomew")
    await store(database, eraser.org_id, [own, answer, other])
    await add_event(database, eraser.org_id, own.id, "delivered")
    await eraser.execute(_CONVERSATION, body="Wilhelmine here")
    await eraser.execute(_PAST_LOOKUP)
    counts = await eraser.finish()
    assert (counts["messages"], counts["conversations"], counts["lookups"]) == (2, 1, 1)
    assert await traces_of(database, "Wilhelmine", "wilhelmine") == set()
    kept = await eraser.message(own.id)
    assert (kept.to_number, kept.body, kept.status, kept.price_cents) == (
        "erased",
        "",
        "delivered",
        1,
    )
    assert (await eraser.message(answer.id)).from_number == "erased"
    assert (await eraser.message(other.id)).body == "Dear Bartholomew"
    assert eraser.exports_deleted == 1
    assert (await eraser.finish())["messages"] == 0


async def test_a_message_that_waits_is_not_sent_and_one_on_its_way_is_waited_for(
    eraser: Eraser, database: Database
) -> None:
    waits = Past(status="pending", contact_id=eraser.contact_id)
    sent = Past(datetime.now(UTC), status="sent", contact_id=eraser.contact_id)
    await store(database, eraser.org_id, [waits, sent])
    removed = await eraser.call()
    assert (removed.done, removed.waiting_for) == (False, "Messages are on their way.")
    refused = await eraser.message(waits.id)
    assert (refused.status, refused.error_code, refused.refund_due) == ("failed", 21610, True)
    assert (await eraser.message(sent.id)).to_number == NUMBER
    await eraser.execute(
        text("UPDATE sms_messages SET status = 'delivered' WHERE id = :id"), id=sent.id
    )
    await eraser.execute(text("UPDATE sms_messages SET refund_due = false WHERE org_id = :org_id"))
    assert (await eraser.finish())["messages"] == 2


@pytest.mark.parametrize(("kind", "status"), [("text", "cancelled"), ("batch", "scheduled")])
async def test_what_was_scheduled_for_the_person_is_not_sent(
    eraser: Eraser, database: Database, kind: str, status: str
) -> None:
    send_id = new_id()
    await eraser.execute(_SCHEDULED, id=send_id, kind=kind, body="Hi")
    await eraser.execute(_RECIPIENT, id=send_id)
    assert (await eraser.finish())["scheduled_recipients"] == 1
    query = text(
        "SELECT send.status, phone, state, contact_id FROM scheduled_sends AS send"
        " JOIN scheduled_recipients ON scheduled_id = send.id WHERE send.id = :id"
    )
    async with database.org(eraser.org_id) as connection:
        found = (await connection.execute(query, {"id": send_id})).one()
    assert tuple(found) == (status, "erased", "refused", None)


async def test_files_of_the_archive_are_written_again_without_the_person(
    eraser: Eraser, database: Database
) -> None:
    own = Past(OLD, contact_id=eraser.contact_id, body="Dear Wilhelmine")
    other = Past(OLD + timedelta(days=1), body="Dear Bartholomew")
    later = Past(OLD + timedelta(days=40), body="Dear Bartholomew")
    await store(database, eraser.org_id, [own, other, later])
    await ArchiveMessages(database, eraser.folder, 18).archive_old_months()
    untouched = eraser.folder / str(eraser.org_id) / "2023-06"
    before = [path.stat().st_mtime_ns for path in untouched.iterdir()]
    assert (await eraser.finish())["archived_messages"] == 1
    month = Month(eraser.org_id, datetime(2023, 5, 1, tzinfo=UTC))
    first, second = archive_files.read(eraser.folder, month)
    assert "Wilhelmine" not in first
    assert NUMBER not in first
    assert str(eraser.contact_id) not in first
    assert '"status": "delivered"' in first
    assert "Bartholomew" in second
    assert [path.stat().st_mtime_ns for path in untouched.iterdir()] == before


async def test_an_erasure_goes_on_with_the_file_after_the_last_one(
    eraser: Eraser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = [Past(OLD + timedelta(days=31 * n), contact_id=eraser.contact_id) for n in range(2)]
    await store(database, eraser.org_id, months)
    await ArchiveMessages(database, eraser.folder, 18).archive_old_months()
    monkeypatch.setattr("services.messaging.history.usecases.erase_person._FILES_SECONDS", -1.0)
    first = await eraser.call("archive")
    assert (first.done, first.counts) == (False, {"archived_messages": 1})
    assert first.cursor.startswith("2023-05/")
    assert (await eraser.finish())["archived_messages"] == 1


async def test_no_table_is_left_out_of_the_deletion(
    database: Database, settings: MessagingSettings
) -> None:
    assert await tables_not_deleted(database, TABLES) == set()
