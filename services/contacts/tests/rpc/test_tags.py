"""Tags are added and removed in bulk, counted exactly, and only for the caller's contacts."""

import asyncio

import pytest

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def test_tags_are_added_and_removed_in_bulk(client: Client) -> None:
    ids = [(await client.create(phone(n), tags=["old", "kept"])).id for n in range(3)]
    assert await client.tag(ids, add=["VIP", " new "], remove=["OLD"]) == (6, 3)
    assert await client.tag_counts() == {"VIP": 3, "kept": 3, "new": 3}
    assert list((await client.get(ids[0])).tags) == ["kept", "new", "VIP"]
    assert await client.found(tag="vip") == {phone(n) for n in range(3)}


async def test_adding_an_existing_tag_or_removing_a_missing_one_is_ignored(
    client: Client,
) -> None:
    ids = [(await client.create(phone(n))).id for n in range(2)]
    assert await client.tag([ids[0]], add=["vip"]) == (1, 0)
    assert await client.tag([*ids, ids[1]], add=["VIP", "vip"]) == (1, 0)
    assert await client.tag(ids, add=["vip"], remove=["never used"]) == (0, 0)
    assert await client.tag_counts() == {"vip": 2}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "add"),
        ({"add": ["vip"], "remove": ["VIP"]}, "remove"),
        ({"add": [" "]}, "add[0]"),
        ({"remove": ["x" * 51]}, "remove[0]"),
    ],
)
async def test_empty_or_contradictory_tag_changes_are_refused(
    client: Client, changes: dict[str, list[str]], field: str
) -> None:
    made = await client.create(phone(1), tags=["old"])
    with pytest.raises(InvalidInput) as refused:
        await client.tag([made.id], **changes)
    assert refused.value.fields[0].field == field
    assert await client.tag_counts() == {"old": 1}


async def test_a_change_of_tags_must_name_1_to_5000_contacts(client: Client) -> None:
    for ids in ([], [str(new_id())] * 5001, ["1 OR 1=1"]):
        with pytest.raises(InvalidInput) as refused:
            await client.tag(ids, add=["vip"])
        assert refused.value.fields[0].field.startswith("contactIds")


async def test_if_one_contact_is_missing_or_of_another_organisation_none_is_tagged(
    client: Client, stranger: Client
) -> None:
    own, gone = await client.create(phone(1)), await client.create(phone(2))
    unknown_contacts = await stranger.create(phone(1))
    await client.delete(gone.id)
    with pytest.raises(CrossOrgAccess):
        await client.tag([own.id, unknown_contacts.id], add=["vip"])
    nowhere = str(new_id())
    with pytest.raises(NotFound) as refused:
        await client.tag([own.id, gone.id, nowhere], add=["vip"])
    assert refused.value.code == "contact_not_found"
    assert gone.id in refused.value.message
    assert nowhere in refused.value.message
    assert own.id not in refused.value.message
    assert await client.tag_counts() == await stranger.tag_counts() == {}


async def test_concurrent_new_tags_do_not_deadlock(client: Client) -> None:
    """All calls must lock tags in the same order, including tags that are being created."""
    ids = [(await client.create(phone(n))).id for n in range(4)]
    for number in range(20):
        first, second, third = (f"{letter}{number}" for letter in "xyz")
        await asyncio.gather(
            client.tag(ids, add=[third], remove=[first]),
            *(client.tag(ids, add=[first, second], remove=[third]) for _ in range(3)),
            *(client.tag(ids, add=[third]) for _ in range(3)),
        )
        counts = await client.tag_counts()
        assert counts[second] == len(ids)
        assert {counts.get(tag, 0) for tag in (first, third)} <= {0, len(ids)}


async def test_counts_stay_exact_when_many_requests_tag_at_once(client: Client) -> None:
    ids = [(await client.create(phone(n))).id for n in range(12)]
    outcomes = await asyncio.gather(
        *(client.tag(ids[n:] + ids[:n], add=["a", "b"], remove=["c"]) for n in range(4)),
        *(client.tag(ids[::-1], add=["c"]) for _ in range(2)),
        *(client.delete(contact_id) for contact_id in ids[:1]),
        return_exceptions=True,
    )
    # A call after the deletion doesn't find the contact. Nothing else may fail.
    assert {type(o) for o in outcomes if isinstance(o, Exception)} <= {NotFound}
    rest = ids[1:]
    await client.tag(rest, add=["a"], remove=["c"])
    counts = await client.tag_counts()
    assert counts["a"] == len(await client.found(tag="a")) == 11
    assert "c" not in counts
