"""After the crash of a worker, its bulk change is finished, and nothing is changed twice."""

import pytest
from sqlalchemy import func, select, text

from servicekit.db.database import Database
from services.contacts.domain import bulk_changes as rules
from services.contacts.domain.bulk_changes import NewBulkChange
from services.contacts.domain.contacts import ContactFilter
from services.contacts.storage import bulk_changes as storage
from services.contacts.storage.bulk_changes import Lease
from services.contacts.storage.leases import LeaseLost
from services.contacts.storage.tables import bulk_change_contacts
from services.contacts.tests.client import Client, phone
from services.contacts.usecases import run_bulk_change
from services.contacts.usecases.run_bulk_change import RunBulkChange
from tests.fixtures.poison import is_recorded, poisoned, recorded
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def leased(database: Database, client: Client, change: NewBulkChange) -> Lease:
    """Create a bulk change and lease it here, so that the service's worker does not run it."""
    async with database.system() as connection:
        await storage.add(connection, client.person.org_id, None, change)
        lease = await storage.take_lease(connection, 60)
    assert lease is not None
    assert lease.org_id == client.person.org_id
    return lease


async def taken_over(database: Database, lease: Lease) -> Lease:
    """Let the lease expire, as if its worker had died. Return the lease of the next worker."""
    async with database.system() as connection:
        expire = text("UPDATE bulk_changes SET leased_until = now() WHERE id = :id")
        await connection.execute(expire, {"id": lease.job_id})
        again = await storage.take_lease(connection, 60)
    assert again is not None
    assert again.job_id == lease.job_id
    return again


async def test_a_change_of_a_killed_worker_is_finished_by_the_next_worker(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_bulk_change, "BATCH", 2)
    await client.import_csv("phone\n" + "".join(f"{phone(n)}\n" for n in range(5)))
    change = NewBulkChange("add_tags", ContactFilter(), 5, ("vip",))
    lease = await leased(database, client, change)
    run = RunBulkChange(database, 60)
    save = storage.save_progress
    batches = 0

    async def dying(*arguments: object) -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise ConnectionError
        await save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(storage, "save_progress", dying)
    with pytest.raises(ConnectionError):
        await run.run(lease)
    assert await client.tag_counts() == {"vip": 2}
    monkeypatch.setattr(storage, "save_progress", save)
    # A contact that is created after the search for matches is not changed.
    await client.create(phone(9))
    await run.run(await taken_over(database, lease))
    async with database.org(lease.org_id) as connection:
        done = await storage.find(connection, lease.org_id, lease.job_id)
        assert done is not None
        assert (done.status, done.matched, done.processed, done.changed) == ("done", 5, 5, 5)
        left = select(func.count()).where(bulk_change_contacts.c.change_id == lease.job_id)
        assert await connection.scalar(left) == 0
    assert await client.tag_counts() == {"vip": 5}


async def test_a_worker_that_lost_its_lease_changes_nothing(
    client: Client, database: Database
) -> None:
    await client.create(phone(1))
    lease = await leased(database, client, NewBulkChange("delete", ContactFilter(), 1))
    newer = await taken_over(database, lease)
    with pytest.raises(LeaseLost):
        await RunBulkChange(database, 60).run(lease)
    assert (await client.find()).total == 1
    await RunBulkChange(database, 60).run(newer)
    assert (await client.find()).total == 0


async def test_a_cancelled_bulk_change_stops(client: Client, database: Database) -> None:
    await client.create(phone(1))
    lease = await leased(database, client, NewBulkChange("delete", ContactFilter(), 1))
    async with database.org(lease.org_id) as connection:
        assert await storage.cancel(connection, lease.org_id, lease.job_id)
    with pytest.raises(LeaseLost):
        await RunBulkChange(database, 60).run(lease)
    assert (await client.find()).total == 1


@pytest.mark.poison("contacts/bulk-changes")
async def test_a_bulk_change_that_fails_does_not_stop_others(
    contacts: Running, database: Database
) -> None:
    bad, good = Client(contacts), Client(contacts)
    for each in (bad, good):
        await each.create(phone(1))
    ids = {}
    async with poisoned(database, "contacts", "UPDATE", f"OLD.org_id = '{bad.person.org_id}'"):
        for each in (bad, good):
            async with database.system() as connection:
                change = NewBulkChange("delete", ContactFilter(), 1)
                made = await storage.add(connection, each.person.org_id, None, change)
            ids[each] = made.id

        async def deleted() -> bool:
            return (await good.find()).total == 0

        await wait_until(deleted)
        await wait_until(lambda: is_recorded(database, "bulk-changes", ids[bad]))

    async def resolved() -> bool:
        return not await recorded(database, "bulk-changes")

    await wait_until(resolved)
    assert (await bad.find()).total == 0


@pytest.mark.parametrize(
    ("expected", "matched", "differs"),
    [
        *((0, 0, False), (0, 1, True), (99, 100, True), (100, 101, False), (100, 99, False)),
        *((100, 102, True), (1_000_000, 1_010_000, False), (1_000_000, 1_010_001, True)),
    ],
)
def test_a_bulk_change_accepts_a_difference_of_one_percent_from_the_expected_count(
    expected: int, matched: int, *, differs: bool
) -> None:
    assert rules.differs_too_much(expected, matched) is differs
