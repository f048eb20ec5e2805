"""The launcher keeps processes running while the disk of its state folder is full."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import nats
import pytest

from deploy.local.caretaker import Caretaker
from deploy.local.leftovers import ProcessRecord
from deploy.local.nats import Nats, NatsOptions
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.process import Command, Process, Watcher
from deploy.local.state import StateFolder
from tests.fixtures.small_disk import SmallDisk, small_disk
from tests.fixtures.waiting import wait_until, wait_until_sync

_SLEEPING = (sys.executable, "-c", "import signal; signal.pause()")
_MEGABYTES = 16
_INODES = 40


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", _MEGABYTES, _INODES) as mounted:
        yield mounted


def take_all_inodes(disk: SmallDisk) -> None:
    with suppress(OSError):
        for number in range(_INODES + 1):
            (disk.root / f"file-{number}").touch()


@pytest.mark.parametrize("what", ["space", "inodes"])
def test_with_a_full_disk_a_process_that_dies_is_started_again_without_a_record_or_a_log(
    disk: SmallDisk, what: str
) -> None:
    record = ProcessRecord(disk.root / "processes.json")
    log_file = disk.root / "logs" / "toy.log"
    process = Process(Command("toy", _SLEEPING, log_file), Watcher(spawned=record.add))
    if what == "space":
        disk.fill()
    else:
        take_all_inodes(disk)
    process.start()
    old = process.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    wait_until_sync(lambda: process.pid not in {old, None})
    process.restart()
    for file in disk.root.glob("fil*"):
        file.unlink()
    record.write()
    recorded = json.loads((disk.root / "processes.json").read_text())
    assert recorded["toy"][0] == process.pid
    process.stop()


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    wrong: list[str] = []
    broken = tmp_path / "broken"

    def prepare() -> None:
        if broken.exists():
            raise PermissionError("not now")

    watcher = Watcher(failed=lambda name, _error: wrong.append(name))
    command = Command("toy", _SLEEPING, tmp_path / "toy.log", prepare=prepare)
    process = Process(command, watcher)
    process.start()
    broken.touch()
    old = process.pid
    assert old is not None
    os.kill(old, signal.SIGKILL)
    wait_until_sync(lambda: len(wrong) > 1)
    broken.unlink()
    wait_until_sync(lambda: process.pid not in {old, None})
    process.stop()


def test_a_free_port_is_found_even_if_it_cannot_be_recorded_on_a_full_disk(disk: SmallDisk) -> None:
    disk.fill()
    assert StateFolder(disk.root).port("postgres")


def test_postgres_starts_although_its_lock_file_was_left_empty(own_postgres: Postgres) -> None:
    own_postgres.stop()
    (own_postgres.data_folder / "postmaster.pid").touch()
    own_postgres.start()


async def test_a_bus_that_could_not_write_to_a_full_disk_works_again_after_space_is_freed(
    disk: SmallDisk, tmp_path: Path
) -> None:
    server = Nats(NatsOptions(disk.root / "nats", tmp_path / "nats.log", free_port()))
    server.start()
    caretaker = Caretaker(ProcessRecord(tmp_path / "record"), server, lambda _line: None)
    client = await nats.connect(server.url)
    stream = client.jetstream(timeout=0.5)
    await stream.add_stream(name="orders", subjects=["orders"])
    await stream.publish("orders", b"kept")
    await wait_until(server.is_healthy)
    disk.fill()

    async def stored() -> bool:
        try:
            await stream.publish("orders", bytes(50_000))
        except (nats.errors.Error, OSError):
            return False
        return True

    while await stored():
        pass
    await wait_until(server.is_broken)
    caretaker.start()
    disk.free()
    await wait_until(stored, message="a message stored")
    caretaker.stop()
    assert (await stream.get_msg("orders", 1)).data == b"kept"
    await client.close()
    server.stop()
