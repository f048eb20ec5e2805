"""Recipients: an opt-out belongs to the phone number, and the latest keyword decides."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import contacts_pb2, recipients_pb2
from tests.fixtures.running import Running

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


@pytest.fixture
def stranger(contacts: Running) -> Client:
    return Client(contacts)


async def contacts_with_ids(client: Client, ids: list[str]) -> dict[str, str]:
    request = recipients_pb2.GetContactsRequest(contact_ids=ids)
    answer = await client.internal(client.recipients.GetContacts, request)
    return {recipient.contact_id: recipient.phone for recipient in answer.recipients}


async def test_list_members_are_returned_page_by_page_sorted_by_id(client: Client) -> None:
    list_id = await client.new_list()
    ids = [(await client.create(phone(n), first_name=f"N{n}")).id for n in range(5)]
    await client.add_members(list_id, ids[::-1])
    first = await client.members(list_id, limit=3)
    rest = await client.members(list_id, limit=3, after=first[-1].contact_id)
    assert [member.contact_id for member in [*first, *rest]] == ids
    assert [member.first_name for member in first] == ["N0", "N1", "N2"]
    assert await client.members(list_id, limit=3, after=ids[-1]) == []


async def test_list_members_are_returned_with_their_time_zone(client: Client) -> None:
    list_id = await client.new_list()
    told = await client.create(phone(1), time_zone="Asia/Tokyo")
    untold = await client.create(phone(2))
    await client.add_members(list_id, [told.id, untold.id])
    first, second = await client.members(list_id)
    assert (first.phone, first.time_zone) == (phone(1), "Asia/Tokyo")
    assert (second.phone, second.HasField("time_zone")) == (phone(2), False)


async def test_members_of_a_missing_list_are_not_found(client: Client, stranger: Client) -> None:
    list_id = await client.new_list()
    assert await client.members(list_id) == []
    with pytest.raises(NotFound) as refused:
        await client.members(str(new_id()))
    assert refused.value.code == "contact_list_not_found"
    with pytest.raises(CrossOrgAccess):
        await stranger.members(list_id)


async def test_users_cannot_call_the_recipient_service(client: Client) -> None:
    request = recipients_pb2.CheckOptOutsRequest(phones=[phone(1)])
    with pytest.raises(Forbidden):
        await client.call(client.recipients.CheckOptOuts, request)


async def test_a_contact_is_created_for_each_phone_number_that_has_none(client: Client) -> None:
    known = await client.create(phone(1), first_name="Maria")
    asked = [phone(1), phone(2), phone(2), "12345", "+8613800000000"]
    made = await client.ensure(asked)
    assert set(made) == set(asked)
    assert made[phone(1)].contact_id == known.id
    assert made[phone(1)].first_name == "Maria"
    assert not made[phone(2)].HasField("first_name")
    assert await client.ensure(asked) == made
    assert (await client.find()).total == 4


@pytest.mark.parametrize("bad", ["", "12", "123456789", "4155550100", "Twilio", "+1 415 555 0100"])
async def test_contacts_are_created_only_for_full_phone_numbers_and_short_codes(
    client: Client, bad: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.ensure([phone(1), bad])
    assert refused.value.fields[0].field == "phones[1]"
    assert (await client.find()).total == 0


async def test_the_contact_of_a_number_is_restored_if_it_was_deleted(client: Client) -> None:
    made = await client.create(phone(1), first_name="Maria")
    await client.delete(made.id)
    assert (await client.ensure([phone(1)]))[phone(1)].contact_id == made.id
    assert (await client.get(made.id)).first_name == "Maria"
    assert await client.found(search="maria") == {phone(1)}


async def test_only_new_contacts_get_the_given_name(client: Client) -> None:
    named = await client.create(phone(1), first_name="Maria")
    nameless = await client.create(phone(2))
    deleted = await client.create(phone(3), first_name="Eva")
    await client.delete(deleted.id)
    asked = [phone(n) for n in range(1, 7)]
    name = {"first_name": " Ann ", "last_name": "Lee"}
    names = {**dict.fromkeys(asked[:4], name), phone(5): {"first_name": "Bo"}, phone(9): name}
    found = await client.ensure(asked, names)
    called = {number: (each.first_name, each.last_name) for number, each in found.items()}
    assert [called[number] for number in asked] == [
        ("Maria", ""),
        ("", ""),
        ("Eva", ""),
        ("Ann", "Lee"),
        ("Bo", ""),
        ("", ""),
    ]
    assert await client.ensure(asked, dict.fromkeys(asked, name)) == found
    assert [found[phone(n)].contact_id for n in (1, 2)] == [named.id, nameless.id]
    assert await client.found(search="lee") == {phone(4)}


@pytest.mark.parametrize("bad", ["", " ", "x" * 101])
async def test_an_invalid_name_is_refused(client: Client, bad: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await client.ensure([phone(1)], {phone(1): {"last_name": bad}})
    assert refused.value.fields[0].field == f"names.{phone(1)}.lastName"


async def test_contacts_requested_by_id_are_returned_without_deleted_ones(
    client: Client, stranger: Client
) -> None:
    kept, gone = await client.create(phone(1)), await client.create(phone(2))
    await client.delete(gone.id)
    assert await contacts_with_ids(client, [kept.id, gone.id, str(new_id())]) == {kept.id: phone(1)}
    with pytest.raises(CrossOrgAccess):
        await contacts_with_ids(stranger, [kept.id])


async def test_stop_and_start_texts_change_the_opt_status_of_a_contact(client: Client) -> None:
    made = await client.create(phone(1))
    said = await client.set_opt_status([phone(1)], "opted_out", NOON)
    assert said[phone(1)].opted_out
    stopped = await client.get(made.id)
    assert stopped.opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    assert stopped.opted_out_at.ToDatetime(UTC) == NOON
    assert await client.opted_out([phone(1), phone(2)]) == {phone(1)}
    await client.set_opt_status([phone(1)], "opted_in", NOON + timedelta(minutes=1))
    started = await client.get(made.id)
    assert started.opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    assert not started.HasField("opted_out_at")
    assert await client.opted_out([phone(1)]) == set()


async def test_a_second_stop_text_keeps_the_opt_out_time_of_the_first(client: Client) -> None:
    made = await client.create(phone(1))
    for minutes in (0, 5):
        await client.set_opt_status([phone(1)], "opted_out", NOON + timedelta(minutes=minutes))
    assert (await client.get(made.id)).opted_out_at.ToDatetime(UTC) == NOON


async def test_the_keyword_that_was_sent_last_applies_in_any_order_of_arrival(
    client: Client,
) -> None:
    words = [(0, "opted_out"), (1, "opted_in"), (2, "opted_out"), (2, "opted_in")]
    for number, order in enumerate(permutations(words)):
        for minutes, status in order:
            await client.set_opt_status([phone(number)], status, NOON + timedelta(minutes=minutes))
    numbers = [phone(number) for number in range(24)]
    assert await client.opted_out(numbers) == set(numbers)


async def test_numbers_without_a_contact_can_opt_out(client: Client) -> None:
    said = await client.set_opt_status([phone(1), phone(2)], "opted_out")
    assert await client.found() == {phone(1), phone(2)}
    assert {recipient.opted_out for recipient in said.values()} == {True}


async def test_an_opt_out_stays_when_the_contact_is_deleted_and_restored(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.set_opt_status([phone(1)], "opted_out")
    await client.delete(made.id)
    assert await client.opted_out([phone(1)]) == {phone(1)}
    again = await client.create(phone(1))
    assert again.opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    await client.delete(again.id)
    await client.import_csv(f"phone\n{phone(1)}\n")
    assert (await client.get(made.id)).opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT


async def test_a_stop_text_opts_out_a_deleted_contact(client: Client) -> None:
    made = await client.create(phone(1))
    await client.delete(made.id)
    await client.set_opt_status([phone(1)], "opted_out")
    assert await client.opted_out([phone(1)]) == {phone(1)}
    assert await client.found() == set()


async def test_if_a_contact_gets_another_phone_number_the_opt_out_stays_with_the_old_one(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.set_opt_status([phone(1)], "opted_out", NOON)
    moved = await client.update(made.id, phone=phone(2))
    assert moved.opt_status == contacts_pb2.OPT_STATUS_OPTED_IN
    assert await client.opted_out([phone(1), phone(2)]) == {phone(1)}
    again = await client.create(phone(1))
    assert again.opt_status == contacts_pb2.OPT_STATUS_OPTED_OUT
    assert again.id != made.id
    await client.set_opt_status([phone(1)], "opted_in", NOON - timedelta(minutes=1))
    assert await client.opted_out([phone(1)]) == {phone(1)}


async def test_opt_outs_are_separate_per_organisation(client: Client, stranger: Client) -> None:
    await stranger.create(phone(1))
    await client.set_opt_status([phone(1)], "opted_out")
    assert await stranger.opted_out([phone(1)]) == set()


async def test_one_call_can_have_five_thousand_phone_numbers(client: Client) -> None:
    numbers = [phone(n) for n in range(5000)]
    await client.set_opt_status(numbers, "opted_out")
    assert await client.opted_out(numbers) == set(numbers)
    assert len(await client.ensure(numbers)) == 5000
