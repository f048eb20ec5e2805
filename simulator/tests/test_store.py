"""The simulator's database on a disk that is full for a while."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.store import Store, Write
from tests.fixtures.modes import open_to_others, umask
from tests.fixtures.small_disk import SmallDisk, small_disk
from tests.fixtures.waiting import wait_until

COUNT = "SELECT count(*) FROM documents WHERE kind = ?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=4) as mounted:
        yield mounted


def document(kind: str, number: int, size: int = 20_000) -> Write:
    sql = "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)"
    return sql, (kind, str(number), bytes(size))


async def use_up(store: Store) -> None:
    """Commit rows until the disk of the database is full."""
    for number in range(1000):
        await store.commit([document("awaited", number)])


async def test_on_a_full_disk_writes_are_refused_or_committed_later(
    disk: SmallDisk,
) -> None:
    store = Store(disk.root)
    await store.commit([document("first", 0)])
    disk.fill()
    with pytest.raises(sqlite3.Error):
        await use_up(store)
    store.enqueue([document("later", 0)])
    with pytest.raises(sqlite3.Error):
        await store.commit([document("refused", 0)])
    disk.free()
    await wait_until(lambda: store.query(COUNT, ("later",))[0][0] == 1)
    await store.commit([document("last", 0)])
    assert [store.query(COUNT, (kind,))[0][0] for kind in ("first", "refused", "last")] == [1, 0, 1]
    store.close()


def test_the_files_of_the_database_can_be_read_only_by_the_simulators_user(tmp_path: Path) -> None:
    with umask(0):
        store = Store(tmp_path / "state" / "simulator")
    names = {path.name for path in (tmp_path / "state" / "simulator").iterdir()}
    assert {"simulator.db", "simulator.db-wal", "simulator.db-shm"} <= names
    assert open_to_others(tmp_path / "state" / "simulator") == {}
    store.close()
