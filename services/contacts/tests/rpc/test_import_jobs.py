"""Import jobs: a file is stored at once and imported later, exactly once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound, PayloadTooLarge
from servicekit.ids import new_id
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_file import ImportOptions
from services.contacts.storage import import_jobs as jobs
from services.contacts.storage.tables import import_job_chunks, import_jobs
from services.contacts.tests.client import Client, phone
from services.contacts.usecases.receive_import import ReceiveImport
from smsblaster.contacts.v1 import import_jobs_pb2
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

DONE = import_jobs_pb2.IMPORT_STATUS_DONE
FAILED = import_jobs_pb2.IMPORT_STATUS_FAILED


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def rows_of(client: Client, database: Database) -> tuple[int, int]:
    """Return how many import jobs and file chunks of the organisation the database has."""
    async with database.org(client.person.org_id) as connection:
        count = select(func.count())
        kept = await connection.scalar(count.select_from(import_jobs))
        pieces = await connection.scalar(count.select_from(import_job_chunks))
    return kept or 0, pieces or 0


def outcome(job: import_jobs_pb2.ImportJob) -> tuple[int, int, int, int]:
    return job.rows_read, job.created, job.updated, job.skipped


async def test_a_file_is_stored_and_imported_later(client: Client, database: Database) -> None:
    await client.create(phone(1), first_name="Old")
    list_id = await client.new_list()
    rows = "".join(f"{phone(n)},Ann{n},vip\n" for n in range(1, 12_001))
    file = f"Mobile,Who,Tags\n{rows}nonsense,Bob,\n{phone(1)},Twice,\n"
    mapping = {"Mobile": "phone", "Who": "firstName", "Tags": "tags"}
    job = await client.start_import(file, mapping, list_id=list_id)
    assert job.status == import_jobs_pb2.IMPORT_STATUS_PENDING
    assert (outcome(job), job.HasField("started_at")) == ((0, 0, 0, 0), False)
    done = await client.finished_import(job.id)
    assert done.status == DONE
    assert outcome(done) == (12_002, 11_999, 1, 2)
    assert [(e.row, e.field) for e in done.errors] == [(12_002, "phone"), (12_003, "phone")]
    assert all(e.value for e in done.errors)
    assert done.error_count == 2
    assert not done.HasField("failure")
    assert done.created_at.ToDatetime() <= done.started_at.ToDatetime()
    assert done.started_at.ToDatetime() <= done.finished_at.ToDatetime()
    assert await client.member_count(list_id) == 12_000
    assert await client.tag_counts() == {"vip": 12_000}
    assert await rows_of(client, database) == (1, 0)


async def test_a_file_of_several_chunks_is_imported_completely(client: Client) -> None:
    padding = "x" * 200
    rows = "".join(f"{phone(n)},{padding}\n" for n in range(15_000))
    done = await client.finished_import((await client.start_import(f"phone,note\n{rows}")).id)
    assert outcome(done) == (15_000, 15_000, 0, 0)


async def test_all_errors_are_counted_and_the_first_thousand_are_listed(client: Client) -> None:
    job = await client.start_import("phone\n" + "1\n" * 1500)
    done = await client.finished_import(job.id)
    assert (done.status, done.error_count, len(done.errors)) == (DONE, 1500, 1000)
    [listed] = (await client.import_page()).items
    assert (listed.id, listed.error_count, len(listed.errors)) == (job.id, 1500, 0)


async def test_an_import_fails_with_a_reason_if_its_file_becomes_invalid_in_the_middle(
    client: Client, database: Database
) -> None:
    rows = "".join(f"{phone(n)},{'x' * 100}\n" for n in range(12_000))
    job = await client.start_import(f"phone,note\n{rows}" + '"never closed\n' + "x" * 200_000)
    failed = await client.finished_import(job.id)
    assert failed.status == FAILED
    assert "line 12002" in failed.failure
    assert (await client.find()).total == failed.created == 5000
    assert await rows_of(client, database) == (1, 0)


@pytest.mark.parametrize(
    ("file", "order", "field"),
    [
        (b"", {}, "file"),
        (b"PK\x03\x04" + b"\0" * 100, {}, "file"),
        (b"shoe size\n42\n", {}, "mapping"),
        (b"phone\n1\n", {"mapping": {"who": "phone"}}, "mapping.who"),
        (b"phone\n1\n", {"default_country": "XX"}, "defaultCountry"),
        (b"phone\n1\n", {"default_country": "usa"}, "defaultCountry"),
        (b"phone\n1\n", {"list_id": "mine"}, "listId"),
    ],
)
async def test_an_upload_that_is_not_csv_is_refused_at_once(
    client: Client, database: Database, file: bytes, order: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.start_import(file, **order)  # type: ignore[arg-type]
    assert refused.value.fields[0].field == field
    assert await rows_of(client, database) == (0, 0)


async def test_a_file_that_is_too_large_is_not_stored(client: Client, database: Database) -> None:
    with pytest.raises(PayloadTooLarge):
        await client.start_import("phone\n" + "1\n" * 3 * 1024 * 1024)
    assert await rows_of(client, database) == (0, 0)


async def test_an_interrupted_upload_stores_nothing(client: Client, database: Database) -> None:
    for pieces in (1, 15, 40):
        async with client.importing() as call:
            for _ in range(pieces):
                await client.send_piece(call, b"phone\n" + b"1\n" * 50_000)

    async def nothing() -> bool:
        return await rows_of(client, database) == (0, 0)

    await wait_until(nothing)


async def test_a_list_of_another_organisation_is_refused(
    client: Client, stranger: Client, database: Database
) -> None:
    unknown_contacts = await stranger.new_list()
    with pytest.raises(CrossOrgAccess):
        await client.start_import("phone\n", list_id=unknown_contacts)
    with pytest.raises(NotFound):
        await client.start_import("phone\n", list_id=str(new_id()))
    assert await rows_of(client, database) == (0, 0)


async def test_an_import_job_of_another_organisation_is_refused(
    client: Client, stranger: Client
) -> None:
    job = await client.start_import(f"phone\n{phone(1)}\n")
    with pytest.raises(CrossOrgAccess):
        await stranger.import_job(job.id)
    with pytest.raises(NotFound) as refused:
        await client.import_job(str(new_id()))
    assert refused.value.code == "import_job_not_found"
    assert list((await stranger.import_page()).items) == []


async def test_import_jobs_are_paged_newest_first(client: Client, stranger: Client) -> None:
    made = [(await client.start_import(f"phone\n{phone(n)}\n")).id for n in range(3)]
    first = await client.import_page(limit=2)
    second = await client.import_page(limit=2, cursor=first.next_cursor)
    assert [job.id for job in [*first.items, *second.items]] == made[::-1]
    assert not second.HasField("next_cursor")
    with pytest.raises(InvalidInput):
        await stranger.import_page(cursor=first.next_cursor)


async def test_an_eleventh_unfinished_job_is_refused(client: Client, database: Database) -> None:
    org_id = client.person.org_id
    async with database.system() as connection:
        for _ in range(10):
            job_id = await jobs.add(connection, org_id, ImportOptions())
            await jobs.mark_ready(connection, org_id, job_id)
            # Keeps the job from the service's own worker.
            assert await jobs.take_lease(connection, 60)
    with pytest.raises(Conflict) as refused:
        await client.start_import(f"phone\n{phone(1)}\n")
    assert refused.value.code == "too_many_imports"


async def test_recent_incomplete_uploads_count_as_unfinished(
    client: Client, database: Database
) -> None:
    org_id = client.person.org_id
    async with database.org(org_id) as connection:
        coming = [await jobs.add(connection, org_id, ImportOptions()) for _ in range(10)]
    with pytest.raises(Conflict):
        await client.start_import(f"phone\n{phone(1)}\n")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    async with database.org(org_id) as connection:
        await connection.execute(
            update(import_jobs).where(import_jobs.c.id == coming[0]).values(created_at=long_ago)
        )
    await client.finished_import((await client.start_import(f"phone\n{phone(1)}\n")).id)


async def test_at_most_ten_concurrent_uploads_are_accepted(
    client: Client, database: Database
) -> None:
    hold_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"phone\n"
        await hold_on.wait()

    receive = ReceiveImport(database, CsvLimits(1000, 10, 10))
    org_id = client.person.org_id
    tasks = [
        asyncio.create_task(receive.receive(org_id, ImportOptions(), slowly())) for _ in range(15)
    ]
    await wait_until(lambda: sum(task.done() for task in tasks) == 5)
    hold_on.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
    assert await rows_of(client, database) == (10, 10)
