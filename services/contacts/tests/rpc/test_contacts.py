"""Contacts are unique by phone number, cleaned up, searchable and soft-deleted."""

import asyncio

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound, Unauthenticated
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def test_a_new_contact_is_stored_after_its_fields_are_cleaned_up(client: Client) -> None:
    made = await client.create(
        "(415) 200-0001",
        first_name=" Maria ",
        last_name="  ",
        email="maria@acme.com",
        tags=["VIP ", "guest"],
        time_zone="America/Los_Angeles",
    )
    assert made == await client.get(made.id)
    assert made.phone == "+14152000001"
    assert made.first_name == "Maria"
    assert not made.HasField("last_name")
    assert list(made.tags) == ["guest", "VIP"]
    assert made.time_zone == "America/Los_Angeles"
    assert made.opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    assert not made.HasField("opted_out_at")
    assert made.created_at.seconds > 0


async def test_markup_in_a_name_is_stored_unchanged(client: Client) -> None:
    made = await client.create(phone(1), first_name="<script>alert(1)</script>")
    assert (await client.get(made.id)).first_name == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "raw",
    [
        "+1５５５2671000",
        "+1415200000100000",
        "+",
        "   ",
        "415 200 0001 x12",
        "+19002000001",
        "+881612345678",
        "12345",
        "whatsapp:+14152000001",
        "+14152000001;DROP TABLE contacts",
        "call me",
        "+18002000001",
    ],
)
async def test_a_number_that_cannot_be_texted_is_refused(client: Client, raw: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.create(raw)
    assert [fault.field for fault in refused.value.fields] == ["phone"]
    assert (await client.find()).total == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"first_name": "x" * 101}, "firstName"),
        ({"tags": ["a", "a"]}, "tags"),
        ({"tags": [" "]}, "tags[0]"),
        ({"time_zone": "EDT+4"}, "timeZone"),
        ({"time_zone": "x" * 65}, "timeZone"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    client: Client, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.create(phone(1), **fields)
    assert [fault.field for fault in refused.value.fields] == [field]


async def test_a_phone_number_is_unique_in_an_organisation(
    client: Client, stranger: Client
) -> None:
    await client.create(phone(1))
    with pytest.raises(Conflict) as refused:
        await client.create("415-200-0001")
    assert refused.value.code == "phone_taken"
    assert (await stranger.create(phone(1))).phone == phone(1)


async def test_only_one_of_many_concurrent_creations_succeeds(client: Client) -> None:
    outcomes = await asyncio.gather(
        *(client.create(phone(1), tags=["a", "b"]) for _ in range(8)), return_exceptions=True
    )
    assert [type(o) for o in outcomes if isinstance(o, Exception)] == [Conflict] * 7
    assert (await client.find()).total == 1
    assert await client.tag_counts() == {"a": 1, "b": 1}


async def test_an_update_changes_only_the_given_fields(client: Client) -> None:
    made = await client.create(phone(1), first_name="Ann", last_name="Lee", tags=["a", "b"])
    changed = await client.update(made.id, first_name="", email="ann@acme.com")
    assert not changed.HasField("first_name")
    assert (changed.last_name, changed.email) == ("Lee", "ann@acme.com")
    assert list(changed.tags) == ["a", "b"]
    changed = await client.update(made.id, tags=contacts_pb2.TagSet(values=["B", "c"]))
    assert list(changed.tags) == ["b", "c"]
    assert not changed.HasField("time_zone")
    assert (await client.update(made.id, time_zone="asia/TOKYO")).time_zone == "Asia/Tokyo"
    with pytest.raises(InvalidInput) as refused:
        await client.update(made.id, time_zone="Tokyo")
    assert refused.value.fields[0].field == "timeZone"
    assert not (await client.update(made.id, time_zone="")).HasField("time_zone")
    changed = await client.update(made.id, tags=contacts_pb2.TagSet())
    assert list(changed.tags) == []
    assert await client.tag_counts() == {}


async def test_the_phone_number_can_be_changed_but_not_to_a_number_in_use(client: Client) -> None:
    first, second = await client.create(phone(1)), await client.create(phone(2))
    assert (await client.update(first.id, phone="415 200 0003")).phone == phone(3)
    for taken in (phone(2), "nonsense"):
        with pytest.raises((Conflict, InvalidInput)):
            await client.update(first.id, phone=taken)
    await client.delete(second.id)
    with pytest.raises(Conflict) as refused:
        await client.update(first.id, phone=phone(2))
    assert refused.value.code == "phone_taken"
    assert (await client.get(first.id)).phone == phone(3)


async def test_a_deleted_contact_is_removed_from_searches_tags_and_lists(client: Client) -> None:
    made = await client.create(phone(1), first_name="Maria", tags=["vip"])
    list_id = await client.new_list()
    await client.add_members(list_id, [made.id])
    await client.delete(made.id)
    for attempt in (client.get(made.id), client.delete(made.id), client.update(made.id)):
        with pytest.raises(NotFound) as refused:
            await attempt
        assert refused.value.code == "contact_not_found"
    assert await client.found() == set()
    assert await client.found(search="maria") == set()
    assert await client.found(tag="vip") == set()
    assert await client.members(list_id) == []
    assert await client.member_count(list_id) == 0
    assert await client.tag_counts() == {}


async def test_creating_a_deleted_contact_restores_it(client: Client) -> None:
    made = await client.create(phone(1), first_name="Maria", last_name="Lopez", tags=["vip"])
    await client.delete(made.id)
    again = await client.create(phone(1), first_name="Mary", tags=["new"])
    assert again.id == made.id
    assert (again.first_name, again.last_name) == ("Mary", "Lopez")
    assert list(again.tags) == ["new"]
    assert await client.found(search="mary lopez") == {phone(1)}


async def test_a_contact_of_another_organisation_is_refused_and_unchanged(
    client: Client, stranger: Client
) -> None:
    made = await client.create(phone(1), first_name="Maria")
    for attempt in (
        stranger.get(made.id),
        stranger.update(made.id, first_name="Mallory", phone=phone(9)),
        stranger.delete(made.id),
    ):
        with pytest.raises(CrossOrgAccess):
            await attempt
    assert await client.get(made.id) == made


async def test_an_unknown_id_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        await client.get(str(new_id()))
    with pytest.raises(InvalidInput):
        await client.get("1 OR 1=1")


async def test_a_call_without_a_token_is_refused(contacts: Running, client: Client) -> None:
    with pytest.raises(Unauthenticated):
        await contacts.caller().call(client.contacts.ListTags, contacts_pb2.ListTagsRequest())


async def test_contacts_are_listed_newest_first(client: Client) -> None:
    ids = [(await client.create(phone(n))).id for n in range(5)]
    pages = [await client.find(page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert [[c.id for c in page.items] for page in pages] == [
        [ids[4], ids[3]],
        [ids[2], ids[1]],
        [ids[0]],
        [],
    ]
    assert {page.total for page in pages} == {5}


@pytest.mark.parametrize(
    "bad", [{"page_size": 0}, {"limit": 201}, {"page": 0}, {"limit": 9, "page_size": 9}]
)
async def test_invalid_page_numbers_and_page_sizes_are_refused(
    client: Client, bad: dict[str, int]
) -> None:
    with pytest.raises(InvalidInput):
        await client.find(**bad)


async def test_a_tag_and_a_list_in_one_filter_must_both_match(
    client: Client, stranger: Client
) -> None:
    list_id = await client.new_list()
    on_list = await client.create(phone(1), first_name="Maria", tags=["vip"])
    await client.create(phone(2), first_name="Maria", tags=["VIP"])
    off_tag = await client.create(phone(3), first_name="Marc")
    await client.add_members(list_id, [on_list.id, off_tag.id])
    assert await client.found(tag="Vip") == {phone(1), phone(2)}
    assert await client.found(list_id=list_id) == {phone(1), phone(3)}
    assert await client.found(tag="vip", list_id=list_id) == {phone(1)}
    assert await client.found(search="mar", list_id=list_id) == {phone(1), phone(3)}
    assert await client.found(search="maria", tag="vip", list_id=list_id) == {phone(1)}
    assert await client.found(tag="nobody's") == set()
    with pytest.raises(CrossOrgAccess):
        await stranger.find(list_id=list_id)
    with pytest.raises(NotFound) as refused:
        await client.find(list_id=str(new_id()))
    assert refused.value.code == "contact_list_not_found"


async def test_tags_are_listed_with_their_counts(client: Client, stranger: Client) -> None:
    await client.create(phone(1), tags=["vip", "new"])
    await client.create(phone(2), tags=["VIP"])
    assert await client.tag_counts() == {"new": 1, "vip": 2}
    assert await stranger.tag_counts() == {}
