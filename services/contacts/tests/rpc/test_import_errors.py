"""Imports can be previewed and cancelled. Their errors can be read by page or as a file."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from uuid import UUID

import pytest
from sqlalchemy import func, select

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportOptions
from services.contacts.storage import import_jobs as storage
from services.contacts.storage.import_jobs import Lease
from services.contacts.storage.leases import LeaseLost
from services.contacts.storage.tables import import_job_chunks, import_job_errors
from services.contacts.tests.client import Client, phone
from services.contacts.usecases.receive_import import ReceiveImport
from services.contacts.usecases.run_import_job import RunImportJob
from smsblaster.contacts.v1 import import_jobs_pb2
from tests.fixtures.running import Running

CANCELLED = import_jobs_pb2.IMPORT_STATUS_CANCELLED
LIMITS = CsvLimits(4 * 1024 * 1024, 20_000, 20)


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def leased(database: Database, client: Client, file: str) -> Lease:
    """Create an import job for a file, and lease it here so that the service does not run it."""
    org_id = client.person.org_id
    async with database.system() as connection:
        job_id = await storage.add(connection, org_id, ImportOptions())
        await storage.add_chunk(connection, org_id, job_id, 0, file.encode())
        await storage.mark_ready(connection, org_id, job_id)
        lease = await storage.take_lease(connection, 60)
    assert lease is not None
    assert lease.job_id == job_id
    return lease


async def test_the_errors_of_an_import_are_read_page_by_page(client: Client) -> None:
    rows = [phone(1), "nonsense", phone(1), "12"]
    file = "phone,email\n" + "".join(f"{row},a@b.example\n" for row in rows)
    file += f"{phone(2)},nobody\n"
    job = await client.finished_import((await client.start_import(file)).id)
    first = await client.import_errors(job.id, limit=3)
    assert [(e.row, e.field, e.column) for e in first.items] == [
        (3, "phone", ""),
        (4, "phone", ""),
        (5, "phone", ""),
    ]
    assert (first.total, first.total_is_exact) == (4, True)
    second = await client.import_errors(job.id, limit=3, cursor=first.next_cursor)
    found = [(e.row, e.field, e.column, e.value) for e in second.items]
    assert found == [(6, "email", "email", "nobody")]
    assert not second.HasField("next_cursor")


async def test_all_errors_of_a_large_file_can_be_read(client: Client) -> None:
    job = await client.start_import("phone\n" + "1\n" * 1500)
    done = await client.finished_import(job.id)
    last = await client.import_errors(done.id, limit=200)
    found = len(last.items)
    while last.HasField("next_cursor"):
        last = await client.import_errors(done.id, limit=200, cursor=last.next_cursor)
        found += len(last.items)
    assert (found, last.total) == (1500, 1500)


async def test_failed_rows_can_be_downloaded_corrected_and_imported(client: Client) -> None:
    file = (
        "Name;Phone;Email\n"
        f"Ann;{phone(1)};a@b.example\n"
        "=Bea;+1 (415) 20;b@b.example\n"
        f"Cid;{phone(1)};\n"
        f"Dan;{phone(2)};nobody\n"
    )
    job = await client.finished_import((await client.start_import(file)).id)
    failed = await client.failed_rows(job.id)
    assert next(csv.reader(StringIO(failed))) == [
        "Import error",
        "Import row",
        "Name",
        "Phone",
        "Email",
    ]
    assert [row[1:] for row in csv.reader(StringIO(failed))][1:] == [
        ["3", "'=Bea", "'+1 (415) 20", "b@b.example"],
        ["4", "Cid", f"'{phone(1)}", ""],
    ]
    corrected = failed.replace("'+1 (415) 20", phone(3))
    again = await client.finished_import((await client.start_import(corrected)).id)
    assert (again.created, again.updated, again.skipped) == (1, 1, 0)


async def test_the_file_of_failed_rows_has_only_a_header_if_no_row_failed(client: Client) -> None:
    job = await client.finished_import((await client.start_import(f"phone\n{phone(1)}\n")).id)
    assert await client.failed_rows(job.id) == "Import error,Import row,phone\r\n"
    assert list((await client.import_errors(job.id)).items) == []


async def test_the_errors_of_a_job_that_is_run_twice_are_stored_once(
    client: Client, database: Database
) -> None:
    lease = await leased(database, client, f"phone\nnonsense\n{phone(1)}\n12\n")
    run = RunImportJob(database, LIMITS, lease_seconds=60)
    pieces = run._pieces

    async def dying(lease: Lease, file: object) -> AsyncIterator[bytes]:
        async for piece in pieces(lease, file):  # type: ignore[arg-type]
            yield piece
        raise ConnectionError

    run._pieces = dying  # type: ignore[assignment,method-assign]
    with pytest.raises(ConnectionError):
        await run.run(lease)
    await RunImportJob(database, LIMITS, lease_seconds=60).run(lease)
    assert [e.row for e in (await client.import_errors(str(lease.job_id))).items] == [2, 4]


async def test_the_count_of_rows_is_known_before_the_import_begins(
    client: Client, database: Database
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"Contacts of 2026\nphone,na"
        yield b'me\n1,"a\nb"\n\n,\n2,c\n3,d'

    receive = ReceiveImport(database, LIMITS)
    job = await receive.receive(client.person.org_id, ImportOptions(), pieces())
    assert job.total_rows == 3
    done = await client.finished_import(str(job.id))
    assert (done.total_rows, done.rows_read) == (3, 3)


async def test_the_count_of_rows_of_a_file_that_cannot_be_read_is_unknown(client: Client) -> None:
    rows = "".join(f"{phone(n)}\n" for n in range(100))
    job = await client.start_import(f"phone\n{rows}" + '"never closed\n' + "x" * 200_000)
    assert not job.HasField("total_rows")
    await client.finished_import(job.id)


async def test_a_cancelled_import_stops_and_keeps_what_it_imported(
    client: Client, database: Database
) -> None:
    rows = "".join(f"{phone(n)}\n" for n in range(10))
    lease = await leased(database, client, f"phone\n{rows}")
    cancelled = await client.cancel_import(str(lease.job_id))
    assert cancelled.status == CANCELLED
    assert cancelled.HasField("finished_at")
    with pytest.raises(LeaseLost):
        await RunImportJob(database, LIMITS, lease_seconds=60).run(lease)
    assert (await client.find()).total == 0
    assert (await client.cancel_import(str(lease.job_id))).status == CANCELLED
    async with database.system() as connection:
        chunks = select(func.count()).where(import_job_chunks.c.job_id == lease.job_id)
        assert await connection.scalar(chunks) == 0
        assert await storage.take_lease(connection, 60) is None


async def test_a_finished_import_cannot_be_cancelled(client: Client) -> None:
    job = await client.finished_import((await client.start_import(f"phone\n{phone(1)}\n")).id)
    with pytest.raises(Conflict) as refused:
        await client.cancel_import(job.id)
    assert refused.value.code == "import_finished"


async def test_another_organisations_job_is_refused(
    client: Client, stranger: Client, database: Database
) -> None:
    lease = await leased(database, client, "phone\nnonsense\n")
    job_id = str(lease.job_id)
    for attempt in (
        stranger.cancel_import(job_id),
        stranger.import_errors(job_id),
        stranger.failed_rows(job_id),
    ):
        with pytest.raises(CrossOrgAccess):
            await attempt
    assert (await client.import_job(job_id)).status != CANCELLED
    for missing in (client.cancel_import, client.import_errors, client.failed_rows):
        with pytest.raises(NotFound):
            await missing(str(new_id()))
    await client.cancel_import(job_id)


async def test_errors_are_deleted_with_their_job(client: Client, database: Database) -> None:
    job = await client.finished_import((await client.start_import("phone\n1\n")).id)
    async with database.system() as connection:
        await storage.remove(connection, client.person.org_id, UUID(job.id))
        left = select(func.count()).where(import_job_errors.c.job_id == job.id)
        assert await connection.scalar(left) == 0


async def test_a_preview_checks_two_hundred_rows(client: Client) -> None:
    good = "".join(f"{phone(n)},a@b.example,\n" for n in range(198))
    file = f"phone,email,opted out\nnonsense,,\n{good}{phone(999)},nobody,yes\n12,,\n"
    seen = await client.preview(file)
    assert (seen.rows_checked, seen.rows_valid, seen.opted_out) == (200, 199, 1)
    assert [(e.row, e.field) for e in seen.errors] == [(2, "phone"), (201, "email")]
    assert len(seen.sample_rows) == 5


async def test_a_preview_uses_the_given_mapping_for_its_check(client: Client) -> None:
    file = f"who,where\nAnn,{phone(1)}\nBea,12\nCid,07400 123456\n"
    assert (await client.preview(file)).rows_checked == 0
    mapping = {"who": "firstName", "where": "phone"}
    seen = await client.preview(file, mapping=mapping)
    assert (seen.rows_checked, seen.rows_valid) == (3, 1)
    seen = await client.preview(file, mapping=mapping, default_country="GB")
    assert seen.rows_valid == 2
    with pytest.raises(InvalidInput) as refused:
        await client.preview(file, mapping={"no such column": "phone"})
    assert refused.value.fields[0].field == "mapping.no such column"
