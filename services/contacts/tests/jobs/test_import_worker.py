"""After the crash of a worker, its import job is finished. Nothing is lost or counted twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.contacts.app import run_job
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportOptions
from services.contacts.settings import ContactsSettings
from services.contacts.storage import import_jobs as storage
from services.contacts.storage import lists
from services.contacts.storage.import_jobs import Lease
from services.contacts.storage.leases import LeaseLost
from services.contacts.storage.tables import import_jobs
from services.contacts.tests.client import Client, phone
from services.contacts.usecases.run_import_job import RunImportJob
from smsblaster.contacts.v1 import import_jobs_pb2
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

LIMITS = CsvLimits(4 * 1024 * 1024, 20_000, 20)


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def leased(
    database: Database, client: Client, numbers: range, seconds: float, **order: UUID
) -> Lease:
    """Create an import job for contacts with these phone numbers, and lease it here."""
    org_id = client.person.org_id
    file = "phone\nnonsense\n" + "".join(f"{phone(n)}\n" for n in numbers)
    async with database.system() as connection:
        job_id = await storage.add(connection, org_id, ImportOptions(list_id=order.get("list_id")))
        for number, start in enumerate(range(0, len(file), 30_000)):
            data = file[start : start + 30_000].encode()
            await storage.add_chunk(connection, org_id, job_id, number, data)
        await storage.mark_ready(connection, org_id, job_id)
        held = await storage.take_lease(connection, seconds)
        assert held is not None
        assert held.job_id == job_id
        return held


async def kill_after_first_chunk(database: Database, client: Client, held: Lease) -> None:
    """Run a job and cancel it after its first chunk, as if the worker was killed."""
    task = asyncio.ensure_future(RunImportJob(database, LIMITS, lease_seconds=1).run(held))

    async def begun() -> bool:
        return (await client.import_job(str(held.job_id))).created > 0

    await wait_until(begun)
    task.cancel()
    await asyncio.wait([task])


async def test_the_job_of_a_dead_worker_is_finished_with_exact_counts(
    client: Client, database: Database
) -> None:
    await client.create(phone(19_000))
    held = await leased(database, client, range(19_500), seconds=30)
    await kill_after_first_chunk(database, client, held)
    done = await client.finished_import(str(held.job_id))
    assert done.status == import_jobs_pb2.IMPORT_STATUS_DONE
    assert (done.rows_read, done.created, done.updated, done.skipped) == (19_501, 19_499, 1, 1)
    assert [(error.row, error.field) for error in done.errors] == [(2, "phone")]
    assert (await client.find()).total == 19_500


async def test_a_worker_without_the_lease_changes_nothing(
    client: Client, database: Database
) -> None:
    slow = await leased(database, client, range(10), seconds=30)
    async with database.system() as connection:
        await storage.renew(connection, slow, 0)
        taken_over = await storage.take_lease(connection, 30)
    assert taken_over is not None
    assert taken_over.job_id == slow.job_id
    with pytest.raises(LeaseLost):
        await RunImportJob(database, LIMITS, lease_seconds=30).run(slow)
    async with database.org(slow.org_id) as connection:
        with pytest.raises(LeaseLost):
            await storage.fail(connection, slow, "too late")
    assert (await client.find()).total == 0
    await RunImportJob(database, LIMITS, lease_seconds=30).run(taken_over)
    done = await client.import_job(str(slow.job_id))
    assert (done.status, done.created) == (import_jobs_pb2.IMPORT_STATUS_DONE, 10)


async def test_the_lease_of_an_import_is_extended_even_while_no_row_is_imported(
    client: Client, database: Database
) -> None:
    held = await leased(database, client, range(0), seconds=30)
    async with database.system() as connection:
        await storage.add_chunk(connection, held.org_id, held.job_id, 1, b'1\n"never closed')
    with pytest.raises(InvalidInput):
        await RunImportJob(database, LIMITS, lease_seconds=3600).run(held)
    query = select(import_jobs.c.leased_until).where(import_jobs.c.id == held.job_id)
    async with database.org(held.org_id) as connection:
        leased_until = (await connection.execute(query)).scalar_one()
        assert leased_until > datetime.now(UTC) + timedelta(minutes=30)
        await storage.finish(connection, held)


async def test_an_import_job_fails_if_its_list_is_deleted(
    client: Client, database: Database
) -> None:
    list_id = UUID(await client.new_list())
    async with database.org(client.person.org_id) as connection:
        await lists.remove(connection, client.person.org_id, list_id)
    held = await leased(database, client, range(3), seconds=0, list_id=list_id)
    failed = await client.finished_import(str(held.job_id))
    assert failed.status == import_jobs_pb2.IMPORT_STATUS_FAILED
    assert "contact list" in failed.failure
    assert (await client.find()).total == 0


async def test_an_import_job_that_was_tried_too_often_ends_with_the_status_failed(
    client: Client, database: Database
) -> None:
    async with database.system() as connection:
        org_id = client.person.org_id
        job_id = await storage.add(connection, org_id, ImportOptions())
        await storage.add_chunk(connection, org_id, job_id, 0, b"phone\n")
        await connection.execute(
            update(import_jobs).where(import_jobs.c.id == job_id).values(attempts=20)
        )
        await storage.mark_ready(connection, org_id, job_id)
    failed = await client.finished_import(str(job_id))
    assert failed.status == import_jobs_pb2.IMPORT_STATUS_FAILED
    assert "error on our side" in failed.failure


async def test_an_outage_does_not_count_as_a_failed_attempt_of_an_import_job(
    client: Client, database: Database
) -> None:
    held = await leased(database, client, range(1), seconds=3600)
    async with database.system() as connection:
        for _ in range(25):
            await storage.release(connection, held, seconds=0)
            again = await storage.take_lease(connection, 3600)
            assert again == held
        await storage.finish(connection, held)


async def test_jobs_of_two_organisations_are_run_in_turn(
    contacts: Running, database: Database
) -> None:
    busy, waiting = Client(contacts), Client(contacts)
    async with database.system() as connection:
        for client in (busy, busy, waiting):
            org_id = client.person.org_id
            job_id = await storage.add(connection, org_id, ImportOptions())
            await storage.mark_ready(connection, org_id, job_id)
        turns = []
        for _ in range(3):
            held = await storage.take_lease(connection, 60)
            assert held is not None
            turns.append(held.org_id)
    first, other = busy.person.org_id, waiting.person.org_id
    assert turns == [first, other, first]


async def test_old_import_jobs_are_deleted(
    client: Client, database: Database, settings: ContactsSettings
) -> None:
    done = [(await client.start_import("phone\n")).id for _ in range(2)]
    for job_id in done:
        await client.finished_import(job_id)
    org_id = client.person.org_id
    async with database.org(org_id) as connection:
        uploads = [await storage.add(connection, org_id, ImportOptions()) for _ in range(2)]
        await storage.add_chunk(connection, org_id, uploads[0], 0, b"phone")
        for old, days in ((UUID(done[0]), 31), (uploads[0], 2)):
            created_at = datetime.now(UTC) - timedelta(days=days)
            await connection.execute(
                update(import_jobs).where(import_jobs.c.id == old).values(created_at=created_at)
            )
    assert await run_job(settings, "forget-imports")
    assert [job.id for job in (await client.import_page()).items] == [done[1]]
    async with database.org(org_id) as connection:
        assert await connection.scalar(select(func.count()).select_from(import_jobs)) == 2
