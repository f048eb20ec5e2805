"""Exports are complete, and no cell is a formula."""

import csv
from io import StringIO

import pytest

from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def test_an_export_has_a_header_and_the_matching_contacts(
    client: Client, stranger: Client
) -> None:
    list_id = await client.new_list()
    ann = await client.create(
        phone(1), first_name="Ann", email="ann@acme.com", tags=["a", "b"], time_zone="Europe/Paris"
    )
    await client.create(phone(2), first_name='Bob, "Bo"', tags=["a"])
    await client.set_opt_status([phone(2)], "opted_out")
    await client.add_members(list_id, [ann.id])
    header = ["Phone", "First name", "Last name", "Email", "Tags", "Time zone", "Opt status"]
    ann_row = [f"'{phone(1)}", "Ann", "", "ann@acme.com", "a;b", "Europe/Paris", "opted_in"]
    bob_row = [f"'{phone(2)}", 'Bob, "Bo"', "", "", "a", "", "opted_out"]

    async def exported(**filters: str) -> list[list[str]]:
        return list(csv.reader(StringIO(await client.export(**filters))))

    assert await exported() == [header, ann_row, bob_row]
    assert await exported(list_id=list_id) == [header, ann_row]
    assert await exported(search="bob") == [header, bob_row]
    assert await exported(tag="A") == [header, ann_row, bob_row]
    assert await exported(search="bob", tag="b") == [header]
    assert await stranger.export() == ",".join(header) + "\n"
    with pytest.raises(CrossOrgAccess):
        await stranger.export(list_id=list_id)
    with pytest.raises(NotFound):
        await client.export(list_id=str(new_id()))


async def test_formulas_in_cells_are_exported_with_an_apostrophe_and_imported_without_it(
    client: Client, contacts: Running
) -> None:
    names = ["=cmd|' /C calc'!A0", "+44", "-1", "@x", "'=1", "'quoted'", "plain", "O'Hara"]
    for number, name in enumerate(names):
        await client.create(phone(number), first_name=name, last_name="=", tags=["=tag"])
    exported = await client.export()
    for row in csv.reader(StringIO(exported)):
        assert all(cell[:1] not in tuple("=+-@\t\r\n") for cell in row if cell)
    copy = Client(contacts)
    assert (await copy.import_csv(exported)).created == len(names)
    assert await copy.export() == exported
    kept = {c.phone: c.first_name for c in (await copy.find()).items}
    assert kept == {phone(number): name for number, name in enumerate(names)}


async def test_an_export_that_is_cancelled_releases_its_connection(client: Client) -> None:
    await client.import_csv("phone\n" + "".join(f"{phone(n)}\n" for n in range(9000)))
    for _ in range(12):
        await client.leave_export()
    assert len((await client.export()).splitlines()) == 9001


async def test_a_large_export_is_complete(client: Client) -> None:
    await client.import_csv(
        "phone,first name\n" + "".join(f"{phone(n)},N{n}\n" for n in range(9000))
    )
    rows = (await client.export()).splitlines()
    assert len(rows) == 9001
    assert {row.split(",")[1] for row in rows[1:]} == {f"N{n}" for n in range(9000)}
