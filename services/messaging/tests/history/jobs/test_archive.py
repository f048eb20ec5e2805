"""Old messages are moved from the database to files. None is lost or stored twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.history.jobs import archive_messages
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.storage import archive_files
from services.messaging.history.storage.archive import Month
from services.messaging.parts.history import read_archive
from services.messaging.sending.storage import messages
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, add_event, spread, store

OLD = datetime(2023, 5, 10, tzinfo=UTC)
MAY = datetime(2023, 5, 1, tzinfo=UTC)


def archived(folder: Path, org_id: UUID, start: datetime = MAY) -> list[dict[str, object]]:
    return [json.loads(line) for line in archive_files.read(folder, Month(org_id, start))]


async def left(database: Database, org_id: UUID) -> set[UUID]:
    async with database.org(org_id) as connection:
        rows = await connection.execute(
            text("SELECT id FROM sms_messages WHERE org_id = :org"), {"org": org_id}
        )
        return set(rows.scalars())


async def test_old_messages_are_archived_with_their_delivery_reports(
    database: Database, tmp_path: Path
) -> None:
    org_id = new_id()
    old, june = Past(OLD, body='“Hi”\n{"a": 1}'), Past(datetime(2023, 6, 1, tzinfo=UTC))
    recent = Past(datetime.now(UTC) - timedelta(days=200))
    await store(database, org_id, [old, june, recent])
    for word in ("sent", "delivered"):
        await add_event(database, org_id, old.id, word)
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    assert await left(database, org_id) == {recent.id}
    [line] = archived(tmp_path, org_id)
    assert (line["id"], line["body"]) == (str(old.id), old.body)
    assert [event["event_type"] for event in line["events"]] == ["sent", "delivered"]  # type: ignore[attr-defined]
    [other] = archived(tmp_path, org_id, june.created_at)
    assert other["id"] == str(june.id)
    async with database.org(org_id) as connection:
        events = await connection.scalar(
            text("SELECT count(*) FROM delivery_events WHERE org_id = :org"), {"org": org_id}
        )
    assert events == 0


async def test_messages_whose_status_is_not_final_are_not_archived(
    database: Database, tmp_path: Path
) -> None:
    org_id = new_id()
    open_ = [Past(OLD, status) for status in ("pending", "sending", "unknown")]
    await store(database, org_id, [*open_, Past(OLD)])
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    assert await left(database, org_id) == {m.id for m in open_}


async def test_messages_to_attendees_are_not_archived(database: Database, tmp_path: Path) -> None:
    org_id, to_attendee = new_id(), Past(OLD)
    await store(database, org_id, [to_attendee, Past(OLD)])
    async with database.org(org_id) as connection:
        await connection.execute(
            text(
                "UPDATE sms_messages SET event_id = :event, attendee_id = :attendee,"
                " notification_type = 'invitation' WHERE id = :id AND org_id = :org"
            ),
            {"event": new_id(), "attendee": new_id(), "id": to_attendee.id, "org": org_id},
        )
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    assert await left(database, org_id) == {to_attendee.id}
    assert len(archived(tmp_path, org_id)) == 1


async def test_a_month_is_archived_in_several_batches(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_messages, "_BATCH", 4)
    org_id, past = new_id(), spread(Past(OLD), 10)
    await store(database, org_id, past)
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    assert [line["id"] for line in archived(tmp_path, org_id)] == [str(m.id) for m in past]


@pytest.mark.parametrize("batch", [4, 3, 6])
async def test_a_crash_after_the_file_is_written_neither_loses_nor_repeats_messages(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    org_id, past = new_id(), spread(Past(OLD), 10)
    await store(database, org_id, past)
    job = ArchiveMessages(database, tmp_path, 18)

    async def crash(*_: object) -> None:
        raise asyncio.CancelledError("the process is gone")

    monkeypatch.setattr(archive_messages, "_BATCH", 4)
    with monkeypatch.context() as dying:
        dying.setattr(messages, "delete_all", crash)
        with pytest.raises(asyncio.CancelledError):
            await job.archive_old_months()
    assert await left(database, org_id) == {m.id for m in past}
    assert len(archived(tmp_path, org_id)) == 4
    monkeypatch.setattr(archive_messages, "_BATCH", batch)
    await job.archive_old_months()
    assert await left(database, org_id) == set()
    assert sorted(str(line["id"]) for line in archived(tmp_path, org_id)) == sorted(
        str(m.id) for m in past
    )


async def test_a_month_of_the_archive_can_be_printed(
    database: Database,
    settings: MessagingSettings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    org_id, past = new_id(), spread(Past(OLD), 2)
    await store(database, org_id, past)
    await ArchiveMessages(database, tmp_path, 18).archive_old_months()
    own = settings.model_copy(update={"archive_dir": tmp_path})
    await read_archive(own, None, org=str(org_id), month="2023-05")  # type: ignore[arg-type]
    printed = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert printed == [str(m.id) for m in past]
    await read_archive(own, None, org=str(uuid4()), month="2023-05")  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match="does not match"):
        await read_archive(own, None, org=str(org_id), month="../..")  # type: ignore[arg-type]
