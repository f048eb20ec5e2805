"""A saved segment is a list whose members are the contacts that match its filter."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id, time_of
from services.contacts.storage import lists as storage
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import lists_pb2
from smsblaster.contacts.v1.contacts_pb2 import (
    OPT_STATUS_OPTED_IN,
    OPT_STATUS_OPTED_OUT,
    ContactFilter,
)
from tests.fixtures.running import Running


class Segments(Client):
    """A client of the contacts service with calls for saved segments."""

    async def segment(self, name: str = "Segment", **matching: Any) -> lists_pb2.ContactList:
        request = lists_pb2.CreateListRequest(name=name, filter=ContactFilter(**matching))
        answer: lists_pb2.ContactList = await self.call(self.lists.CreateList, request)
        return answer

    async def read(self, list_id: str) -> lists_pb2.ContactList:
        request = lists_pb2.GetListRequest(id=list_id)
        answer: lists_pb2.ContactList = await self.call(self.lists.GetList, request)
        return answer

    async def edit(self, list_id: str, **changes: Any) -> lists_pb2.ContactList:
        request = lists_pb2.UpdateListRequest(id=list_id, **changes)
        answer: lists_pb2.ContactList = await self.call(self.lists.UpdateList, request)
        return answer

    async def all_lists(self) -> list[lists_pb2.ContactList]:
        answer = await self.call(self.lists.ListLists, lists_pb2.ListListsRequest())
        return list(answer.items)


@pytest.fixture
def client(contacts: Running) -> Segments:
    return Segments(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Segments:
    return Segments(contacts)


async def people(client: Client) -> None:
    """Import Ann 0, Bea 1, Ann 2, ... up to 9. The first four are tagged vip."""
    rows = "".join(f"{phone(n)},{('Ann', 'Bea')[n % 2]},{'vip' * (n < 4)}\n" for n in range(10))
    await client.import_csv(f"phone,first name,tags\n{rows}")


async def member_phones(client: Client, list_id: str, limit: int) -> list[str]:
    """Return the phone numbers of the members, read page by page as a campaign does."""
    found = []
    after = None
    while page := await client.members(list_id, limit, after):
        found += [member.phone for member in page]
        after = page[-1].contact_id
    return found


async def test_the_members_of_a_saved_segment_are_the_contacts_that_match_its_filter_now(
    client: Segments,
) -> None:
    await people(client)
    segment = await client.segment(search="ann", tag="vip")
    assert (segment.member_count, segment.opted_out_count) == (2, 0)
    assert await client.found(list_id=segment.id) == {phone(0), phone(2)}
    [first] = (await client.find(search=phone(0))).items
    await client.opt_out(first.id)
    await client.tag([(await client.find(search=phone(4))).items[0].id], add=["vip"])
    assert await client.found(list_id=segment.id) == {phone(0), phone(2), phone(4)}
    again = await client.read(segment.id)
    assert (again.member_count, again.opted_out_count) == (3, 1)
    assert [item.member_count for item in await client.all_lists()] == [3]


@pytest.mark.parametrize(
    ("matching", "numbers"),
    [
        ({}, range(10)),
        ({"search": "ann"}, range(0, 10, 2)),
        ({"tag": "vip", "opt_status": OPT_STATUS_OPTED_IN}, range(4)),
        ({"search": "bea", "tag": "vip"}, (1, 3)),
        ({"tag": "nobody's"}, ()),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 5000])
async def test_a_campaign_reads_the_members_of_a_segment_page_by_page(
    client: Segments, matching: dict[str, Any], numbers: Any, limit: int
) -> None:
    await people(client)
    segment = await client.segment(**matching)
    expected = {phone(n) for n in numbers}
    found = await member_phones(client, segment.id, limit)
    assert (len(found), set(found)) == (len(expected), expected)


async def test_the_list_of_contacts_can_be_filtered_by_a_segment_and_other_fields(
    client: Segments,
) -> None:
    await people(client)
    segment = await client.segment(search="ann")
    assert await client.found(list_id=segment.id, tag="vip") == {phone(0), phone(2)}
    assert await client.found(list_id=segment.id, search=phone(4)) == {phone(4)}
    assert await client.found(list_id=segment.id, search="bea") == set()
    assert await client.found(list_id=segment.id, opt_status=OPT_STATUS_OPTED_OUT) == set()
    assert (await client.export(list_id=segment.id)).count("Ann") == 5


async def test_the_filter_of_a_segment_can_refer_to_a_list_but_not_to_another_segment(
    client: Segments,
) -> None:
    await people(client)
    list_id = await client.new_list("Guests")
    found = await client.find(tag="vip")
    await client.add_members(list_id, [contact.id for contact in found.items])
    segment = await client.segment(search="bea", list_id=list_id)
    assert await client.found(list_id=segment.id) == {phone(1), phone(3)}
    with pytest.raises(InvalidInput) as refused:
        await client.segment("Nested", list_id=segment.id)
    assert refused.value.fields[0].field == "filter.listId"


async def test_members_of_a_segment_cannot_be_added_or_removed_manually(client: Segments) -> None:
    await people(client)
    segment = await client.segment(search="ann")
    contact_id = (await client.find()).items[0].id
    for attempt in (
        client.add_members(segment.id, [contact_id]),
        client.remove_members(segment.id, [contact_id]),
        client.import_csv(f"phone\n{phone(20)}\n", list_id=segment.id),
        client.start_import(f"phone\n{phone(20)}\n", list_id=segment.id),
    ):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.code == "list_is_segment"


async def test_the_name_and_the_filter_of_a_segment_can_be_changed(client: Segments) -> None:
    await people(client)
    segment = await client.segment(search="ann")
    changed = await client.edit(segment.id, filter=ContactFilter(tag="vip"))
    assert (changed.name, changed.filter, changed.member_count) == (
        "Segment",
        ContactFilter(tag="vip"),
        4,
    )
    assert (await client.edit(segment.id, name="VIPs")).name == "VIPs"
    assert await client.read(segment.id) == await client.edit(segment.id)
    list_id = await client.new_list("Guests")
    with pytest.raises(Conflict) as refused:
        await client.edit(list_id, filter=ContactFilter(tag="vip"))
    assert refused.value.code == "list_is_no_segment"
    assert not (await client.read(list_id)).HasField("filter")


async def test_unusable_filters_are_refused(client: Segments, stranger: Segments) -> None:
    with pytest.raises(InvalidInput):
        await client.segment(search="!!")
    with pytest.raises(NotFound):
        await client.segment(list_id=str(new_id()))
    theirs = await stranger.new_list()
    with pytest.raises(CrossOrgAccess):
        await client.segment(list_id=theirs)
    mine = await client.segment("Mine", search="ann")
    with pytest.raises(CrossOrgAccess):
        await client.edit(mine.id, filter=ContactFilter(list_id=theirs))
    with pytest.raises(CrossOrgAccess):
        await stranger.edit(mine.id, name="Theirs")


async def test_each_list_is_returned_with_the_count_of_members_who_have_opted_out(
    client: Segments,
) -> None:
    await people(client)
    guests, others = await client.new_list("Guests"), await client.new_list("Others")
    members = (await client.find(tag="vip")).items
    await client.add_members(guests, [contact.id for contact in members])
    await client.opt_out(members[0].id)
    await client.opt_out((await client.find(search=phone(9))).items[0].id)
    assert (await client.read(guests)).opted_out_count == 1
    by_id = {item.id: item for item in await client.all_lists()}
    assert (by_id[guests].opted_out_count, by_id[others].opted_out_count) == (1, 0)


async def test_each_list_is_returned_with_the_count_of_new_members(
    client: Segments, database: Database
) -> None:
    await people(client)
    guests, others = await client.new_list("Guests"), await client.new_list("Others")
    members = [contact.id for contact in (await client.find(tag="vip")).items]
    await client.add_members(guests, members)
    assert (await client.read(guests)).new_count == len(members)
    by_id = {item.id: item for item in await client.all_lists()}
    assert (by_id[guests].new_count, by_id[others].new_count) == (len(members), 0)
    segment = await client.segment(tag="vip")
    assert not segment.HasField("new_count")
    later = time_of(UUID(max(members))) + timedelta(seconds=1)
    async with database.org(client.person.org_id) as connection:
        counts = await storage.new_counts(connection, client.person.org_id, [UUID(guests)], later)
    assert counts == {UUID(guests): 0}
