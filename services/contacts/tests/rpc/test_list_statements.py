"""A list makes as many statements for a hundred rows as for ten."""

import pytest

from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2, import_jobs_pb2, lists_pb2
from tests.fixtures.running import Running
from tests.fixtures.statements import MANY, PageCheck


@pytest.fixture
async def client(contacts: Running) -> Client:
    """Return a client of an organisation with many contacts, each with a tag."""
    client = Client(contacts)
    rows = "".join(f"{phone(n)},Tag{n}\n" for n in range(MANY + 1))
    await client.import_csv(f"phone,tags\n{rows}", mapping={"phone": "phone", "tags": "tags"})
    return client


async def test_contacts_are_listed_without_a_statement_per_row(
    client: Client, no_statement_per_row: PageCheck
) -> None:
    async def read(limit: int) -> contacts_pb2.ListContactsResponse:
        return await client.find(page_size=limit)

    await no_statement_per_row(read)


async def test_lists_are_listed_without_a_statement_per_row(
    client: Client, no_statement_per_row: PageCheck
) -> None:
    for number in range(MANY + 1):
        await client.new_list(f"List {number}")

    async def read(limit: int) -> lists_pb2.ListListsResponse:
        request = lists_pb2.ListListsRequest(limit=limit)
        answer: lists_pb2.ListListsResponse = await client.call(client.lists.ListLists, request)
        return answer

    await no_statement_per_row(read)


async def test_imports_are_listed_without_a_statement_per_row(
    client: Client, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await client.start_import("phone\n", {"phone": "phone"})

    async def read(limit: int) -> import_jobs_pb2.ListImportJobsResponse:
        request = import_jobs_pb2.ListImportJobsRequest(limit=limit)
        answer: import_jobs_pb2.ListImportJobsResponse = await client.call(
            client.import_jobs.ListImportJobs, request
        )
        return answer

    await no_statement_per_row(read)
