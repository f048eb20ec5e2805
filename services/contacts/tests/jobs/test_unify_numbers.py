"""Contacts with two forms of one phone number are merged. An opt-out of either form applies."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.contacts.app import run_job
from services.contacts.settings import ContactsSettings
from services.contacts.storage.tables import contact_opt_status
from services.contacts.storage.tables import contacts as table
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

ONE, OTHER = "+525512345678", "+5215512345678"


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def stored(database: Database, client: Client, number: str, **columns: Any) -> UUID:
    """Store a contact with a noncanonical phone number and return the contact's id."""
    contact_id = new_id()
    row = {"id": contact_id, "org_id": client.person.org_id, "phone": number, **columns}
    async with database.org(client.person.org_id) as connection:
        await connection.execute(insert(table).values(row))
    return contact_id


async def unified(settings: ContactsSettings, database: Database, client: Client) -> None:
    """Run the job until all phone numbers of the organisation's contacts are canonical."""

    async def done() -> bool:
        await run_job(settings, "unify-numbers")
        query = select(table.c.id).where(
            table.c.org_id == client.person.org_id,
            table.c.phone.in_([OTHER, "+541123456789", "+551187654321"]),
            table.c.deleted_at.is_(None),
        )
        async with database.org(client.person.org_id) as connection:
            return (await connection.scalar(query)) is None

    await wait_until(done)


async def test_a_noncanonical_number_is_replaced_by_its_canonical_form(
    client: Client, database: Database, settings: ContactsSettings
) -> None:
    first = await stored(database, client, OTHER, first_name="Ana")
    second = await stored(database, client, "+541123456789")
    await unified(settings, database, client)
    assert (await client.get(str(first))).phone == ONE
    assert (await client.get(str(second))).phone == "+5491123456789"
    assert await client.found(search="ana") == {ONE}
    assert await client.found(search="5512345678") == {ONE}


@pytest.mark.parametrize("opted_out", [ONE, OTHER])
async def test_an_opt_out_of_either_form_of_a_phone_number_applies_to_the_merged_contact(
    client: Client, database: Database, settings: ContactsSettings, opted_out: str
) -> None:
    org_id = client.person.org_id
    made = await client.create(ONE, last_name="Vega")
    twin = await stored(database, client, OTHER, first_name="Ana")
    list_id = await client.new_list()
    await client.add_members(list_id, [str(twin)])
    await client.tag([str(twin)], add=["VIP"])
    said = {ONE: made.id, OTHER: str(twin)}
    async with database.org(org_id) as connection:
        row = {"contact_id": UUID(said[opted_out]), "org_id": org_id, "status": "opted_out"}
        row["updated_at"] = made.created_at.ToDatetime()
        await connection.execute(insert(contact_opt_status).values(row))
        at = {"opted_out_at": made.created_at.ToDatetime()}
        await connection.execute(
            table.update().where(table.c.id == UUID(said[opted_out])).values(at)
        )
    await unified(settings, database, client)
    contact = await client.get(made.id)
    assert contact.HasField("opted_out_at")
    assert (contact.first_name, contact.last_name, list(contact.tags)) == ("Ana", "Vega", ["VIP"])
    assert [(m.phone, m.opted_out) for m in await client.members(list_id)] == [(ONE, True)]
    assert await client.opted_out([ONE, OTHER]) == {ONE, OTHER}
    assert await client.found() == {ONE}


async def test_stop_and_start_texts_apply_to_all_forms_of_a_phone_number(
    client: Client, database: Database
) -> None:
    await stored(database, client, "+551187654321")
    made = await client.create("+55 11 98765-4321")
    await client.set_opt_status(["+551187654321"], "opted_out")
    assert (await client.get(made.id)).HasField("opted_out_at")
    lines = ["+551187654321", "+5511987654321", phone(1)]
    assert await client.opted_out(lines) == set(lines[:2])
    await client.set_opt_status(["+5511987654321"], "opted_in")
    assert await client.opted_out(lines) == set()


async def test_each_form_of_a_phone_number_finds_the_same_contact(client: Client) -> None:
    await client.create("+52 1 55 1234 5678")
    assert await client.found() == {ONE}
    for text in ("+5215512345678", "+52 1 55 1234 5678", "+525512345678", "5512345678"):
        assert await client.found(search=text) == {ONE}, text
    summary = await client.import_csv(f"phone,first name\n{OTHER},Ana\n{ONE},Bea\n")
    assert (summary.created, summary.updated, summary.skipped) == (0, 1, 1)
    assert summary.errors[0].message == "This row has the same number as row 2."
