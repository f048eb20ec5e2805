"""A person is erased, and a closed organisation's contacts are deleted."""

from typing import Any

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.contacts.storage.org_tables import TABLES
from services.contacts.tests.client import Client, OptStatus, phone
from smsblaster.contacts.v1 import merges_pb2, people_pb2, people_pb2_grpc
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc
from tests.fixtures.running import Running
from tests.fixtures.traces import tables_not_deleted, traces_of

_RUNNING_IMPORT = text("""
INSERT INTO import_jobs (id, org_id, status, mapping, default_country, leased_until)
VALUES (uuidv7(), :org_id, 'running', '{}', 'US', 'infinity')
""")


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def suppress(client: Client, running: Running, number: str) -> Any:
    request = people_pb2.SuppressPersonRequest(phone=number)
    return await client.call(
        people_pb2_grpc.PersonServiceStub(running.channel).SuppressPerson, request
    )


async def erase(client: Client, running: Running, person: Any) -> Any:
    stub = stored_data_pb2_grpc.PersonDataServiceStub(running.channel)
    request = stored_data_pb2.ErasePersonRequest(
        phones=person.phones, contact_ids=person.contact_ids
    )
    return await client.call(stub.ErasePerson, request)


async def delete_all(client: Client, running: Running) -> dict[str, int]:
    """Delete everything of the client's organisation, and return the counts."""
    stub = stored_data_pb2_grpc.OrganisationDataServiceStub(running.channel)
    counts, cursor, done = dict[str, int](), "", False
    while not done:
        request = stored_data_pb2.DeleteOrganisationRequest(cursor=cursor)
        removed = await client.call(stub.DeleteOrganisation, request)
        counts |= removed.counts
        done, cursor = removed.done, removed.cursor
    return counts


async def test_an_erased_person_leaves_only_the_opt_out_of_the_number(
    client: Client, contacts: Running, database: Database
) -> None:
    made = await client.create(
        phone(1), first_name="Zebulon", last_name="Quist", email="zq@example.com", tags=["vip"]
    )
    other = await client.create(phone(2), first_name="Ann", tags=["vip"])
    guests = await client.new_list()
    await client.add_members(guests, [made.id, other.id])
    await client.import_csv(f"phone,email\n{phone(1)},not an address\n")
    person = await suppress(client, contacts, phone(1))
    assert (person.phones, person.contact_ids) == ([phone(1)], [made.id])
    removed = await erase(client, contacts, person)
    assert (removed.done, removed.counts["contacts"]) == (True, 1)
    assert await traces_of(database, "Zebulon", "Quist", "zq@example.com", made.id) == set()
    assert await client.opted_out([phone(1), phone(2)]) == {phone(1)}
    assert await client.found() == {phone(2)}
    assert await client.tag_counts() == {"vip": 1}
    assert await client.member_count(guests) == 1
    again = await erase(client, contacts, person)
    assert (again.done, again.counts["contacts"]) == (True, 0)


async def test_a_person_who_is_added_again_after_the_erasure_is_still_opted_out(
    client: Client, contacts: Running
) -> None:
    await client.create(phone(1), first_name="Ann")
    await erase(client, contacts, await suppress(client, contacts, phone(1)))
    added = await client.create(phone(1))
    assert (added.first_name, added.opt_status) == ("", OptStatus.OPT_STATUS_OPTED_OUT)


async def test_merged_contacts_are_erased_as_one_person(
    client: Client, contacts: Running, database: Database
) -> None:
    kept = await client.create(phone(1), first_name="Ottilie")
    merged = await client.create(phone(2), first_name="Ottoline")
    await client.call(
        client.merges.MergeContacts,
        merges_pb2.MergeContactsRequest(id=kept.id, merged_id=merged.id),
    )
    person = await suppress(client, contacts, phone(2))
    assert set(person.phones) == {phone(1), phone(2)}
    assert set(person.contact_ids) == {kept.id, merged.id}
    await erase(client, contacts, person)
    assert await traces_of(database, "Ottilie", "Ottoline", kept.id, merged.id) == set()
    assert await client.opted_out([phone(1), phone(2)]) == {phone(1), phone(2)}


async def test_the_erasure_waits_for_an_import_that_could_add_the_person_again(
    client: Client, contacts: Running, database: Database
) -> None:
    await client.create(phone(1), first_name="Ann")
    person = await suppress(client, contacts, phone(1))
    async with database.system() as connection:
        await connection.execute(_RUNNING_IMPORT, {"org_id": client.person.org_id})
    removed = await erase(client, contacts, person)
    assert not removed.done
    assert removed.waiting_for == "An import of contacts is running."
    assert (await client.get(person.contact_ids[0])).first_name == "Ann"


async def test_a_closed_organisation_is_deleted_and_no_other(
    contacts: Running, database: Database
) -> None:
    closed, other = Client(contacts), Client(contacts)
    for each in (closed, other):
        made = await each.create(phone(1), first_name="Ann", tags=["vip"])
        await each.add_members(await each.new_list(), [made.id])
        await each.opt_out(made.id)
    counts = await delete_all(closed, contacts)
    assert counts["contacts"] == counts["contact_lists"] == counts["tags"] == 1
    assert await traces_of(database, str(closed.person.org_id)) == set()
    assert await other.found() == {phone(1)}
    assert await delete_all(closed, contacts) == {}


async def test_no_table_is_left_out_of_the_deletion(database: Database) -> None:
    assert await tables_not_deleted(database, TABLES) == set()
