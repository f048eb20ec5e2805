"""Row-level security hides other organisations' rows from a query without ``org_id``."""

from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.contacts.domain.bulk_changes import NewBulkChange
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.import_file import ImportOptions
from services.contacts.domain.import_rows import KeptError, RowError
from services.contacts.domain.search import to_tsquery
from services.contacts.storage import bulk_changes, import_errors, import_jobs
from services.contacts.storage.tables import (
    bulk_change_contacts,
    contact_search,
    contact_search_parts,
    contacts,
    metadata,
)
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running

TABLES = list(metadata.tables.values())


@pytest.fixture(scope="module")
async def organisations(contacts: Running, database: Database) -> tuple[Client, Client]:
    """Return clients of two organisations that have a row in every table."""
    both = Client(contacts), Client(contacts)
    for client in both:
        made = await client.create(phone(1), first_name="Maria", tags=["vip"])
        await client.add_members(await client.new_list(), [made.id])
        await client.set_opt_status([phone(1)], "opted_out")
        await keep_import(database, client.person.org_id)
        await keep_bulk_change(database, client.person.org_id, UUID(made.id))
        await divide(database, client.person.org_id)
    return both


async def divide(database: Database, org_id: UUID) -> None:
    """Divide the organisation's contacts into two search parts, as with ten thousand more.

    A search reads the contacts of an organisation part by part.
    """
    async with database.org(org_id) as connection:
        row = {"org_id": org_id, "number": 1, "after_id": new_id()}
        await connection.execute(insert(contact_search_parts).values(row))


async def keep_import(database: Database, org_id: UUID) -> None:
    """Store an import job whose upload is incomplete, so that no worker runs it."""
    async with database.org(org_id) as connection:
        job_id = await import_jobs.add(connection, org_id, ImportOptions())
        await import_jobs.add_chunk(connection, org_id, job_id, 0, b"phone")
        lease = import_jobs.Lease(job_id, org_id, 1, ImportOptions(), 0, 0)
        error = KeptError(0, RowError(2, "phone", "is not a number"), ["12"])
        await import_errors.add(connection, lease, [error])


async def keep_bulk_change(database: Database, org_id: UUID, contact_id: UUID) -> None:
    """Store a cancelled bulk change of a contact. No worker runs it, because it is cancelled."""
    async with database.org(org_id) as connection:
        wanted = NewBulkChange("delete", ContactFilter(), 1)
        change_id = (await bulk_changes.add(connection, org_id, None, wanted)).id
        await bulk_changes.cancel(connection, org_id, change_id)
        row = {"change_id": change_id, "contact_id": contact_id, "org_id": org_id}
        await connection.execute(insert(bulk_change_contacts).values(row))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_query_without_an_org_id_condition_returns_only_the_organisations_rows(
    organisations: tuple[Client, Client], database: Database, table: Table
) -> None:
    for client in organisations:
        async with database.org(client.person.org_id) as connection:
            rows = (await connection.execute(select(table))).all()
        assert {row.org_id for row in rows} == {client.person.org_id}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_no_contact_is_visible_if_the_connection_has_set_no_organisation(
    organisations: tuple[Client, Client], database: Database, table: Table
) -> None:
    async with database.engine.begin() as connection:
        assert not (await connection.execute(select(table))).all()


async def test_a_search_finds_no_rows_of_other_organisations(
    organisations: tuple[Client, Client], database: Database
) -> None:
    mine, theirs = organisations
    query = to_tsquery(theirs.person.org_id, "maria", [0])
    async with database.org(mine.person.org_id) as connection:
        await connection.execute(text("SELECT set_config('app.search', :q, true)"), {"q": query})
        assert not (await connection.execute(select(contact_search))).all()


async def test_a_row_cannot_be_moved_to_another_organisation(
    organisations: tuple[Client, Client], database: Database
) -> None:
    mine, theirs = organisations
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.org(mine.person.org_id) as connection:
            await connection.execute(update(contacts).values(org_id=theirs.person.org_id))


async def test_a_search_uses_its_index(
    organisations: tuple[Client, Client], database: Database
) -> None:
    """Row-level security would keep a search in plain SQL from using the index."""
    mine, _ = organisations
    query = to_tsquery(mine.person.org_id, "maria", [0])
    async with database.org(mine.person.org_id) as connection:
        await connection.execute(text("SELECT set_config('app.search', :q, true)"), {"q": query})
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(text("EXPLAIN SELECT contact_id FROM contact_search"))
        assert "Bitmap Index Scan on ix_contact_search_words" in "\n".join(plan.scalars())
