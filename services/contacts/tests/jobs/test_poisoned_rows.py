"""One row that a job can't handle does not stop the job from handling the others."""

import pytest
from sqlalchemy import insert, select, text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.contacts.app import run_job
from services.contacts.domain.import_file import ImportOptions
from services.contacts.settings import ContactsSettings
from services.contacts.storage import import_jobs as storage
from services.contacts.storage.tables import contacts as table
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import import_jobs_pb2
from tests.fixtures.poison import is_recorded, poisoned, recorded
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until


@pytest.mark.poison("contacts/imports")
async def test_a_file_that_fails_does_not_stop_other_imports(
    contacts: Running, database: Database
) -> None:
    bad, good = Client(contacts), Client(contacts)
    async with poisoned(database, "contacts", "INSERT", f"NEW.org_id = '{bad.person.org_id}'"):
        ids = {}
        for client in (bad, good):
            org_id = client.person.org_id
            async with database.system() as connection:
                job_id = await storage.add(connection, org_id, ImportOptions())
                file = f"phone\n{phone(1)}\n".encode()
                await storage.add_chunk(connection, org_id, job_id, 0, file)
                await storage.mark_ready(connection, org_id, job_id)
            ids[org_id] = job_id
        done = await good.finished_import(str(ids[good.person.org_id]))
        assert done.status == import_jobs_pb2.IMPORT_STATUS_DONE
        job_id = ids[bad.person.org_id]
        await wait_until(lambda: is_recorded(database, "imports", job_id))
    done = await bad.finished_import(str(job_id))
    assert (done.status, done.created) == (import_jobs_pb2.IMPORT_STATUS_DONE, 1)

    async def resolved() -> bool:
        return not await recorded(database, "imports")

    await wait_until(resolved)


@pytest.mark.poison("contacts/forget-imports")
async def test_a_job_that_cannot_be_deleted_does_not_stop_the_deletion_of_others(
    contacts: Running, database: Database, settings: ContactsSettings
) -> None:
    ids = []
    for client in (Client(contacts), Client(contacts)):
        async with database.system() as connection:
            ids.append(await storage.add(connection, client.person.org_id, ImportOptions()))
            await connection.execute(
                text("UPDATE import_jobs SET created_at = now() - interval '2 days'")
            )
    async with poisoned(database, "import_jobs", "DELETE", f"OLD.id = '{ids[0]}'"):
        assert await run_job(settings, "forget-imports")
        async with database.system() as connection:
            query = text("SELECT id FROM import_jobs WHERE id = ANY(:ids)")
            left = await connection.execute(query, {"ids": ids})
            assert left.scalars().all() == ids[:1]
        assert await is_recorded(database, "forget-imports", f"import_jobs/{ids[0]}")


@pytest.mark.poison("contacts/unify-numbers")
async def test_a_phone_number_that_cannot_be_made_canonical_does_not_stop_others(
    contacts: Running, database: Database, settings: ContactsSettings
) -> None:
    org_id, bad, good = Client(contacts).person.org_id, new_id(), new_id()
    numbers = {bad: "+5215512345601", good: "+5215512345602"}
    async with database.org(org_id) as connection:
        for contact_id, number in numbers.items():
            row = {"id": contact_id, "org_id": org_id, "phone": number}
            await connection.execute(insert(table).values(row))
    async with poisoned(database, "contacts", "UPDATE", f"OLD.id = '{bad}'"):
        await wait_until(lambda: run_job(settings, "unify-numbers"))
        await wait_until(lambda: is_recorded(database, "unify-numbers", bad))
    async with database.org(org_id) as connection:
        query = select(table.c.phone).where(table.c.id == good)
        assert await connection.scalar(query) == "+525512345602"


@pytest.mark.poison("contacts/renew-search-words")
async def test_a_contact_whose_search_words_cannot_be_updated_does_not_stop_others(
    contacts: Running, database: Database, settings: ContactsSettings
) -> None:
    client = Client(contacts)
    bad, good = [await client.create(phone(n), first_name="Zo\u00eb") for n in (1, 2)]
    old = text("UPDATE contact_search SET words_version = 1 WHERE org_id = :org_id")
    org_id = client.person.org_id
    async with database.org(org_id) as connection:
        await connection.execute(old, {"org_id": org_id})
    async with poisoned(database, "contacts", "UPDATE", f"OLD.id = '{bad.id}'"):
        await wait_until(lambda: run_job(settings, "renew-search-words"))
        await wait_until(lambda: is_recorded(database, "renew-search-words", bad.id))
    versions = text("SELECT contact_id, words_version FROM contact_search WHERE org_id = :org_id")
    async with database.org(org_id) as connection:
        rows = await connection.execute(versions, {"org_id": org_id})
        assert {str(row.contact_id): row.words_version for row in rows} == {bad.id: 1, good.id: 3}
