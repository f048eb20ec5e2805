"""Exports and the archive where their folder takes nothing for now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.history.domain.history import WantedMessages
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.storage import archive_files, exports
from services.messaging.history.storage.archive import Month
from services.messaging.history.usecases.write_exports import WriteExports, export_path
from services.messaging.tests.history.storage.history_rows import Past, spread, store
from tests.fixtures.small_disk import SmallDisk, small_disk

MAY = datetime(2023, 5, 1, tzinfo=UTC)
HOURS = 24


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=1) as mounted:
        yield mounted


async def state_of(database: Database, export_id: UUID) -> tuple[str, int]:
    async with database.system() as connection:
        rows = await connection.execute(
            text("SELECT status, attempts FROM message_exports WHERE id = :id"), {"id": export_id}
        )
        status, attempts = rows.one()
        return status, attempts


async def test_an_export_waits_for_space_and_counts_no_attempt(
    database: Database, disk: SmallDisk
) -> None:
    org_id = new_id()
    await store(database, org_id, spread(Past(), 3))
    async with database.org(org_id) as connection:
        row = await exports.add(connection, org_id, None, WantedMessages())
    write = WriteExports(database, disk.root, HOURS)
    disk.fill()
    for _ in range(5):
        with pytest.raises(OSError, match="No space"):
            await write()
    assert await state_of(database, row["id"]) == ("pending", 0)
    assert not list(disk.root.rglob("*.part"))
    disk.free()
    await write()
    assert await state_of(database, row["id"]) == ("done", 1)
    assert export_path(disk.root, org_id, row["id"]).exists()


async def test_messages_stay_where_the_archive_has_no_space_for_them(
    database: Database, disk: SmallDisk
) -> None:
    org_id, old = new_id(), Past(datetime(2023, 5, 10, tzinfo=UTC))
    await store(database, org_id, [old])
    archive = ArchiveMessages(database, disk.root, 18)
    disk.fill()
    with pytest.raises(OSError, match="No space"):
        await archive()
    assert not list(disk.root.rglob("*.part"))
    disk.free()
    await archive()
    assert len(list(archive_files.read(disk.root, Month(org_id, MAY)))) == 1
