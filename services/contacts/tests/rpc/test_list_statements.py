"""A list of a hundred rows needs as many SQL statements as a list of ten rows."""

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2, import_jobs_pb2, lists_pb2
from tests.fixtures.running import Running
from tests.fixtures.statements import MANY, PageCheck

_FINISHED_IMPORTS = text("""
INSERT INTO import_jobs (id, org_id, status, mapping, default_country, finished_at)
SELECT uuidv7(), :org_id, 'done', '{}', 'US', now() FROM generate_series(1, :count)
""")


@pytest.fixture
async def client(contacts: Running) -> Client:
    """Return a client of an organisation that has many contacts with a tag."""
    client = Client(contacts)
    rows = "".join(f"{phone(n)},Tag{n}\n" for n in range(MANY + 1))
    await client.import_csv(f"phone,tags\n{rows}", mapping={"phone": "phone", "tags": "tags"})
    return client


async def test_contacts_are_listed_without_an_sql_statement_per_row(
    client: Client, no_statement_per_row: PageCheck
) -> None:
    async def read(limit: int) -> contacts_pb2.ListContactsResponse:
        return await client.find(page_size=limit)

    await no_statement_per_row(read)


async def test_lists_are_listed_without_an_sql_statement_per_row(
    client: Client, no_statement_per_row: PageCheck
) -> None:
    for number in range(MANY + 1):
        await client.new_list(f"List {number}")

    async def read(limit: int) -> lists_pb2.ListListsResponse:
        request = lists_pb2.ListListsRequest(limit=limit)
        answer: lists_pb2.ListListsResponse = await client.call(client.lists.ListLists, request)
        return answer

    await no_statement_per_row(read)


async def test_imports_are_listed_without_an_sql_statement_per_row(
    client: Client, database: Database, no_statement_per_row: PageCheck
) -> None:
    org_id = client.person.org_id
    async with database.org(org_id) as connection:
        await connection.execute(_FINISHED_IMPORTS, {"org_id": org_id, "count": MANY + 1})

    async def read(limit: int) -> import_jobs_pb2.ListImportJobsResponse:
        request = import_jobs_pb2.ListImportJobsRequest(limit=limit)
        answer: import_jobs_pb2.ListImportJobsResponse = await client.call(
            client.import_jobs.ListImportJobs, request
        )
        return answer

    await no_statement_per_row(read)
