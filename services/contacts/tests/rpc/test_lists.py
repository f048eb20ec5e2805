"""Lists have unique names, exact counts, and only contacts of their organisation."""

import asyncio

import pytest

from servicekit.errors import (
    Conflict,
    CrossOrgAccess,
    InvalidInput,
    NotFound,
    PreconditionFailed,
)
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import lists_pb2
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def rename(client: Client, list_id: str, name: str) -> lists_pb2.ContactList:
    request = lists_pb2.UpdateListRequest(id=list_id, name=name)
    answer: lists_pb2.ContactList = await client.call(client.lists.UpdateList, request)
    return answer


async def delete(client: Client, list_id: str) -> None:
    await client.internal(client.lists.DeleteList, lists_pb2.DeleteListRequest(id=list_id))


async def test_a_new_list_is_empty_and_can_be_renamed_and_deleted(client: Client) -> None:
    list_id = await client.new_list(" Guests ")
    assert await client.member_count(list_id) == 0
    renamed = await rename(client, list_id, "Friends")
    assert (renamed.id, renamed.name) == (list_id, "Friends")
    await delete(client, list_id)
    with pytest.raises(NotFound) as refused:
        await client.member_count(list_id)
    assert refused.value.code == "contact_list_not_found"


async def test_a_list_name_is_unique_in_an_organisation(client: Client, stranger: Client) -> None:
    await client.new_list("Guests")
    other = await client.new_list("Friends")
    for attempt in (client.new_list("Guests "), rename(client, other, "Guests")):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.code == "name_taken"
    await stranger.new_list("Guests")


async def test_a_list_name_has_1_to_100_characters(client: Client) -> None:
    for name in ("", "   ", "x" * 101):
        with pytest.raises(InvalidInput) as refused:
            await client.new_list(name)
        assert refused.value.fields[0].field == "name"


async def test_lists_are_paged_newest_first(client: Client, stranger: Client) -> None:
    made = [await client.new_list(f"List {n}") for n in range(3)]
    ask = lists_pb2.ListListsRequest(limit=2)
    first = await client.call(client.lists.ListLists, ask)
    ask.cursor = first.next_cursor
    second = await client.call(client.lists.ListLists, ask)
    assert [item.id for item in [*first.items, *second.items]] == made[::-1]
    assert not second.HasField("next_cursor")
    with pytest.raises(InvalidInput) as refused:
        await stranger.call(stranger.lists.ListLists, ask)
    assert refused.value.fields[0].field == "cursor"


async def test_members_are_added_once_and_counted(client: Client) -> None:
    list_id = await client.new_list()
    ids = [(await client.create(phone(n))).id for n in range(3)]
    assert await client.add_members(list_id, ids[:2]) == 2
    assert await client.add_members(list_id, [*ids, ids[2]]) == 1
    assert await client.member_count(list_id) == 3
    assert await client.remove_members(list_id, [ids[0], ids[0], str(new_id())]) == 1
    assert await client.remove_members(list_id, [ids[0]]) == 0
    assert await client.member_count(list_id) == 2


async def test_members_can_be_removed_with_post_instead_of_delete(
    client: Client, stranger: Client
) -> None:
    list_id = await client.new_list()
    made = await client.create(phone(1))
    await client.add_members(list_id, [made.id])
    request = lists_pb2.RemoveMembersRequest(id=list_id, contact_ids=[made.id])
    with pytest.raises(CrossOrgAccess):
        await stranger.call(stranger.lists.RemoveMembersByPost, request)
    answer = await client.call(client.lists.RemoveMembersByPost, request)
    assert (answer.removed, await client.member_count(list_id)) == (1, 0)


async def test_deleting_a_list_keeps_its_contacts(client: Client) -> None:
    list_id = await client.new_list()
    made = await client.create(phone(1))
    await client.add_members(list_id, [made.id])
    await delete(client, list_id)
    assert await client.get(made.id) == made


async def test_if_one_contact_is_of_another_organisation_none_is_added_to_the_list(
    client: Client, stranger: Client
) -> None:
    list_id = await client.new_list()
    own = await client.create(phone(1))
    unknown_contacts = await stranger.create(phone(1))
    with pytest.raises(CrossOrgAccess):
        await client.add_members(list_id, [own.id, unknown_contacts.id])
    with pytest.raises(CrossOrgAccess):
        await client.remove_members(list_id, [own.id, unknown_contacts.id])
    assert await client.member_count(list_id) == 0


async def test_if_one_contact_is_missing_none_is_added_to_the_list(client: Client) -> None:
    list_id = await client.new_list()
    own, gone = await client.create(phone(1)), await client.create(phone(2))
    await client.delete(gone.id)
    for absent in (gone.id, str(new_id())):
        with pytest.raises(NotFound) as refused:
            await client.add_members(list_id, [own.id, absent])
        assert refused.value.code == "contact_not_found"
    assert await client.member_count(list_id) == 0


async def test_a_list_of_another_organisation_is_refused_and_unchanged(
    client: Client, stranger: Client
) -> None:
    list_id = await client.new_list("Guests")
    own = await client.create(phone(1))
    await client.add_members(list_id, [own.id])
    unknown_contacts = await stranger.create(phone(1))
    for attempt in (
        stranger.member_count(list_id),
        rename(stranger, list_id, "Mine"),
        delete(stranger, list_id),
        stranger.add_members(list_id, [unknown_contacts.id]),
        stranger.remove_members(list_id, [unknown_contacts.id]),
    ):
        with pytest.raises(CrossOrgAccess):
            await attempt
    assert await client.member_count(list_id) == 1
    kept = await client.call(client.lists.GetList, lists_pb2.GetListRequest(id=list_id))
    assert kept.name == "Guests"


async def test_counts_stay_exact_under_concurrent_changes(client: Client) -> None:
    first, second = await client.new_list("First"), await client.new_list("Second")
    ids = [(await client.create(phone(n), tags=["vip"])).id for n in range(12)]
    await asyncio.gather(
        *(
            client.add_members(target, ids[n:] + ids[:n])
            for n in range(4)
            for target in (first, second)
        )
    )
    await asyncio.gather(
        *(client.delete(contact_id) for contact_id in ids[:6]),
        *(client.remove_members(first, ids[5:9][::step]) for step in (1, -1)),
    )
    assert await client.member_count(first) == 3 == len(await client.members(first))
    assert await client.member_count(second) == 6 == len(await client.members(second))
    assert await client.tag_counts() == {"vip": 6}
    assert (await client.find()).total == 6


async def test_a_change_is_refused_if_somebody_changed_the_list_meanwhile(client: Client) -> None:
    list_id = await client.new_list("Guests")
    renamed = await rename(client, list_id, "Friends")
    request = lists_pb2.UpdateListRequest(id=list_id, name="Family", if_version=1)
    with pytest.raises(PreconditionFailed) as refused:
        await client.call(client.lists.UpdateList, request)
    assert refused.value.facts == {"version": 2, "changedFields": ["name"]}
    request.if_version = renamed.version
    assert (await client.call(client.lists.UpdateList, request)).version == 3
