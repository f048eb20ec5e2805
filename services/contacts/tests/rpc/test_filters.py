"""Contacts are filtered by opt status and time, sorted, and counted exactly."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import update

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput
from services.contacts.storage.tables import contacts as table
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Running

OUT, IN = contacts_pb2.OPT_STATUS_OPTED_OUT, contacts_pb2.OPT_STATUS_OPTED_IN
NEWEST, OLDEST, NAME = (
    contacts_pb2.CONTACT_SORT_NEWEST,
    contacts_pb2.CONTACT_SORT_OLDEST,
    contacts_pb2.CONTACT_SORT_NAME,
)


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


def stamp(time: datetime) -> Timestamp:
    value = Timestamp()
    value.FromDatetime(time)
    return value


async def count(client: Client, **filters: Any) -> int:
    request = contacts_pb2.CountContactsRequest(**filters)
    return int((await client.call(client.contacts.CountContacts, request)).count)


async def named(client: Client, *names: str) -> list[contacts_pb2.Contact]:
    """Create a contact for each name, written "First Last"."""
    made = []
    for number, name in enumerate(names):
        first, _, last = name.partition(" ")
        made.append(
            await client.create(phone(number), first_name=first or None, last_name=last or None)
        )
    return made


async def walked(client: Client, **filters: Any) -> list[str]:
    """Return the first names on all pages of two contacts, read by cursor."""
    found: list[str] = []
    cursor = None
    while True:
        page = await client.find(page_size=2, cursor=cursor, **filters)
        found += [contact.first_name for contact in page.items]
        if not page.HasField("next_cursor"):
            return found
        cursor = page.next_cursor


async def test_contacts_are_filtered_by_opt_status(client: Client) -> None:
    ann, bea, cid = await named(client, "Ann Lee", "Bea Lee", "Cid Fox")
    await client.opt_out(bea.id)
    assert await client.found(opt_status=OUT) == {bea.phone}
    assert await client.found(opt_status=IN) == {ann.phone, cid.phone}
    assert await client.found(opt_status=IN, search="lee") == {ann.phone}
    list_id = await client.new_list()
    await client.add_members(list_id, [bea.id, cid.id])
    assert await client.found(opt_status=OUT, list_id=list_id) == {bea.phone}
    await client.tag([ann.id, bea.id], add=["vip"])
    assert await client.found(opt_status=IN, tag="vip") == {ann.phone}
    assert await client.found(opt_status=OUT, tag="vip", list_id=list_id, search="b") == {bea.phone}
    await client.delete(bea.id)
    assert await client.found(opt_status=OUT) == set()


async def test_contacts_are_filtered_by_the_time_at_which_they_were_added(
    client: Client, database: Database
) -> None:
    made = await named(client, "Ann Lee", "Bea Lee", "Cid Lee")
    times = [contact.created_at.ToDatetime(UTC) for contact in made]
    assert await client.found(from_time=stamp(times[1])) == {made[1].phone, made[2].phone}
    assert await client.found(to_time=stamp(times[1])) == {made[0].phone}
    middle = {"from_time": stamp(times[1]), "to_time": stamp(times[2])}
    assert await client.found(**middle) == {made[1].phone}
    assert await client.found(search="lee", **middle) == {made[1].phone}
    assert await client.found(search="lee", to_time=stamp(times[0] - timedelta(days=9))) == set()
    with pytest.raises(InvalidInput) as refused:
        await client.find(from_time=stamp(times[1]), to_time=stamp(times[1]))
    assert refused.value.fields[0].field == "to"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (None, ["Nobody", "Zoe", "Ann", "bea", "Ann"]),
        (NEWEST, ["Nobody", "Zoe", "Ann", "bea", "Ann"]),
        (OLDEST, ["Ann", "bea", "Ann", "Zoe", "Nobody"]),
        (NAME, ["Zoe", "Ann", "Ann", "bea", "Nobody"]),
    ],
)
@pytest.mark.parametrize("search", [None, "1415200"])
async def test_all_pages_of_a_sorted_list_are_complete_and_in_order(
    client: Client, sort: int | None, expected: Sequence[str], search: str | None
) -> None:
    await named(client, "Ann Lee", "bea Lee", "Ann Fox", "Zoe ADAMS", " ")
    walk = await walked(client, sort=sort, search=search)
    assert [name or "Nobody" for name in walk] == list(expected)
    by_page = [
        (await client.find(page=page, page_size=2, sort=sort, search=search)).items
        for page in (1, 2, 3)
    ]
    assert [c.first_name or "Nobody" for items in by_page for c in items] == list(expected)


async def test_sorting_works_with_every_filter(client: Client) -> None:
    made = await named(client, "Cid Lee", "Bea Lee", "Ann Lee", "Dan Fox")
    list_id = await client.new_list()
    await client.add_members(list_id, [contact.id for contact in made])
    await client.tag([contact.id for contact in made[:3]], add=["vip"])
    await client.opt_out(made[1].id)
    filters = {"list_id": list_id, "tag": "vip", "opt_status": IN}
    assert await walked(client, sort=NAME, **filters) == ["Ann", "Cid"]
    assert await walked(client, sort=OLDEST, search="lee", **filters) == ["Cid", "Ann"]


async def test_a_cursor_is_refused_if_the_request_has_another_sort(client: Client) -> None:
    await named(client, "Ann Lee", "Bea Lee", "Cid Lee")
    cursor = (await client.find(page_size=1, sort=NAME)).next_cursor
    for other in (OLDEST, NEWEST):
        with pytest.raises(InvalidInput) as refused:
            await client.find(cursor=cursor, sort=other)
        assert refused.value.fields[0].field == "cursor"


async def test_paging_continues_although_the_last_contact_of_a_page_was_deleted(
    client: Client,
) -> None:
    made = await named(client, "Ann Lee", "Bea Lee", "Cid Lee")
    cursor = (await client.find(page_size=1, sort=NAME)).next_cursor
    await client.delete(made[0].id)
    rest = await client.find(page_size=5, sort=NAME, cursor=cursor)
    assert [contact.first_name for contact in rest.items] == ["Bea", "Cid"]


async def test_the_count_of_contacts_that_match_a_filter_is_exact(
    client: Client, contacts: Running
) -> None:
    made = await named(client, "Ann Lee", "Bea Lee", "Cid Fox")
    await client.opt_out(made[0].id)
    assert await count(client) == 3
    assert await count(client, search="lee") == 2
    assert await count(client, search="lee", opt_status=IN) == 1
    assert await count(client, opt_status=OUT) == 1
    assert await count(client, from_time=made[1].created_at) == 2
    stranger = Client(contacts)
    assert await count(stranger) == 0
    with pytest.raises(CrossOrgAccess):
        await count(stranger, list_id=await client.new_list())


async def test_a_search_with_more_matches_than_can_be_sorted_is_refused(client: Client) -> None:
    rows = "".join(f"{phone(n)},Ann,Lee{n}\n" for n in range(1001))
    await client.import_csv(f"phone,first name,last name\n{rows}")
    with pytest.raises(InvalidInput) as refused:
        await client.find(search="ann", sort=NAME)
    assert refused.value.fields[0].field == "sort"
    assert (await client.find(search="lee1000", sort=NAME)).total == 1
    everybody = await client.find(sort=NAME, page_size=1)
    assert (everybody.total, everybody.total_is_exact) == (1001, True)
    assert not (await client.find(search="ann")).total_is_exact
    assert await count(client, search="ann") == 1001


async def test_exports_take_the_same_filters_as_lists(client: Client, database: Database) -> None:
    made = await named(client, "Ann Lee", "Bea Lee")
    await client.opt_out(made[0].id)
    assert "Ann" in await client.export(opt_status=OUT)
    assert "Bea" not in await client.export(opt_status=OUT)
    async with database.org(client.person.org_id) as connection:
        old = update(table).where(table.c.phone == made[1].phone)
        await connection.execute(old.values(created_at=datetime(2020, 1, 1, tzinfo=UTC)))
    recent = await client.export(from_time=stamp(datetime(2020, 1, 2, tzinfo=UTC)))
    assert "Ann" in recent
    assert "Bea" not in recent
