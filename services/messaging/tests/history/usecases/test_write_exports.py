"""On a full disk, exports wait and no message is archived."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.common.storage import files
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.jobs.archive_messages import ArchiveMessages
from services.messaging.history.storage import archive_files, exports
from services.messaging.history.storage.archive import Month
from services.messaging.history.storage.export_files import export_path
from services.messaging.history.usecases.write_exports import WriteExports
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


async def test_an_export_waits_for_disk_space_without_counting_attempts(
    database: Database, disk: SmallDisk
) -> None:
    org_id = new_id()
    await store(database, org_id, spread(Past(), 3))
    async with database.org(org_id) as connection:
        export = await exports.add(connection, org_id, None, MessageFilter())
    write = WriteExports(database, disk.root, HOURS)
    disk.fill()
    for _ in range(5):
        with pytest.raises(OSError, match="No space"):
            await write.write_all()
    assert await state_of(database, export.id) == ("pending", 0)
    assert not list(disk.root.rglob("*.part"))
    disk.free()
    await write.write_all()
    assert await state_of(database, export.id) == ("done", 1)
    assert files.exists(export_path(disk.root, org_id, export.id))


async def test_messages_are_not_archived_while_the_disk_of_the_archive_is_full(
    database: Database, disk: SmallDisk
) -> None:
    org_id, old = new_id(), Past(datetime(2023, 5, 10, tzinfo=UTC))
    await store(database, org_id, [old])
    archive = ArchiveMessages(database, disk.root, 18)
    disk.fill()
    with pytest.raises(OSError, match="No space"):
        await archive.archive_old_months()
    assert not list(disk.root.rglob("*.part"))
    disk.free()
    await archive.archive_old_months()
    assert len(list(archive_files.read(disk.root, Month(org_id, MAY)))) == 1
