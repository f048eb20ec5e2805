"""A search reads an organisation's contacts in parts, from the newest part to the oldest."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import insert

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.contacts.domain.contacts import ContactFilter, TagChange
from services.contacts.storage import search
from services.contacts.storage.tables import (
    contact_list_members,
    contact_lists,
    contact_search_parts,
)
from services.contacts.storage.tags import change
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running

PARTS = 12


@pytest.fixture(scope="module")
async def divided(contacts: Running, database: Database) -> tuple[UUID, list[UUID]]:
    """Create twelve parts with two Marias and an Ann in each. Return the Marias, newest first."""
    client = Client(contacts)
    marias = []
    for number in range(PARTS):
        for person in range(3):
            name = "Ann" if person == 1 else "Maria"
            made = await client.create(phone(3 * number + person), first_name=name)
            marias += [UUID(made.id)] if name == "Maria" else []
        async with database.org(client.person.org_id) as connection:
            row = {"org_id": client.person.org_id, "number": number + 1, "after_id": made.id}
            await connection.execute(insert(contact_search_parts).values(row))
    return client.person.org_id, marias[::-1]


@pytest.mark.parametrize("at_once", [1, 3, 1000])
@pytest.mark.parametrize("limit", [1, 5, 23, 24, 100])
async def test_a_search_that_reads_contacts_in_several_steps_returns_the_newest_matches_first(
    divided: tuple[UUID, list[UUID]],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
    limit: int,
) -> None:
    monkeypatch.setattr(search, "_AT_ONCE", at_once)
    org_id, marias = divided
    wanted = ContactFilter(search="maria")
    async with database.org(org_id) as connection:
        assert list(await search.newest(connection, org_id, wanted, limit)) == marias[:limit]
        older = await search.newest(connection, org_id, wanted, limit, before=marias[7])
    assert list(older) == marias[8 : 8 + limit]


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("at_once", [1, 3, 1000])
@pytest.mark.parametrize("limit", [1, 5, 100])
async def test_the_newest_matches_with_a_tag_or_on_a_list_come_first(
    divided: tuple[UUID, list[UUID]],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    few: int,
    at_once: int,
    limit: int,
) -> None:
    monkeypatch.setattr(search, "_FEW", few)
    monkeypatch.setattr(search, "_AT_ONCE", at_once)
    org_id, marias = divided
    list_id = await _on_a_list(database, org_id, marias[::2])
    await _tagged(database, org_id, "vip", marias[::3])
    await _tagged(database, org_id, "nobody", [])
    asked = [
        (ContactFilter("maria", "vip"), marias[::3]),
        (ContactFilter("maria", "", list_id), marias[::2]),
        (ContactFilter("maria", "vip", list_id), marias[::6]),
        (ContactFilter("ann", "vip"), []),
        (ContactFilter("maria", "nobody"), []),
    ]
    async with database.org(org_id) as connection:
        for wanted, found in asked:
            assert list(await search.newest(connection, org_id, wanted, limit)) == found[:limit]
            older = await search.newest(connection, org_id, wanted, limit, before=marias[7])
            assert list(older) == [each for each in found if each < marias[7]][:limit]


async def test_export_queries_return_each_match_once_oldest_first(
    divided: tuple[UUID, list[UUID]], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_EXPORTED_PARTS", 5)
    org_id, marias = divided
    found: list[UUID] = []
    async with database.org(org_id) as connection:
        for query, matching in await search.export_queries(
            connection, org_id, ContactFilter(search="maria")
        ):
            await search.set_search(connection, query)
            found += sorted((await connection.execute(matching)).scalars())
    assert found == marias[::-1]


async def _tagged(database: Database, org_id: UUID, name: str, contact_ids: Sequence[UUID]) -> None:
    async with database.org(org_id) as connection:
        await change(connection, org_id, contact_ids, TagChange((name,), ()))


async def _on_a_list(database: Database, org_id: UUID, contact_ids: Sequence[UUID]) -> UUID:
    list_id = new_id()
    async with database.org(org_id) as connection:
        row = {"id": list_id, "org_id": org_id, "name": str(list_id)}
        await connection.execute(insert(contact_lists).values(row))
        whose = {"list_id": list_id, "org_id": org_id}
        rows = [{**whose, "contact_id": contact_id} for contact_id in contact_ids]
        await connection.execute(insert(contact_list_members), rows)
    return list_id
