"""Two contacts of one person are merged."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound, PreconditionFailed
from services.contacts.tests.client import Client, OptStatus, phone
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.contacts.v1 import contacts_pb2, events_pb2, merges_pb2
from tests.fixtures.running import Running

NAME, EMAIL = merges_pb2.MERGE_FIELD_NAME, merges_pb2.MERGE_FIELD_EMAIL
PHONE = merges_pb2.MERGE_FIELD_PHONE


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


async def merge(client: Client, kept: str, merged: str, *take: Any, **more: Any) -> Any:
    request = merges_pb2.MergeContactsRequest(id=kept, merged_id=merged, take=take, **more)
    return await client.call(client.merges.MergeContacts, request)


async def outbox(database: Database, org_id: object, subject: str) -> Sequence[bytes]:
    query = text("SELECT payload FROM outbox WHERE subject = :subject ORDER BY id")
    async with database.system() as connection:
        payloads = (await connection.scalars(query, {"subject": subject})).all()
    return [payload for payload in payloads if str(org_id).encode() in payload]


async def test_the_kept_contact_has_the_fields_tags_and_lists_of_both(client: Client) -> None:
    kept = await client.create(phone(1), first_name="Ann", tags=["vip", "Paris"])
    merged = await client.create(
        phone(2), first_name="Anne", last_name="Ames", email="ann@example.com", tags=["VIP", "new"]
    )
    first, second = await client.new_list("One"), await client.new_list("Two")
    await client.add_members(first, [kept.id, merged.id])
    await client.add_members(second, [merged.id])
    answer = await merge(client, kept.id, merged.id)
    assert (answer.first_name, answer.last_name, answer.phone) == ("Ann", "", phone(1))
    assert answer.email == "ann@example.com"
    assert sorted(answer.tags) == ["Paris", "new", "vip"]
    assert answer.opt_status == OptStatus.OPT_STATUS_OPTED_IN
    assert [await client.member_count(each) for each in (first, second)] == [1, 1]
    assert await client.tag_counts() == {"vip": 1, "Paris": 1, "new": 1}
    assert await client.get(kept.id) == answer
    with pytest.raises(NotFound):
        await client.get(merged.id)
    assert await client.found() == {phone(1)}


async def test_the_kept_contact_takes_chosen_fields_and_the_number_from_the_other_contact(
    client: Client,
) -> None:
    kept = await client.create(phone(1), first_name="Ann", email="old@example.com")
    merged = await client.create(phone(2), first_name="Anne", email="new@example.com")
    answer = await merge(client, kept.id, merged.id, NAME, EMAIL, PHONE)
    assert (answer.first_name, answer.email) == ("Anne", "new@example.com")
    assert answer.phone == phone(2)
    assert await client.found(search=phone(2)) == {phone(2)}
    restored = await client.create(phone(1))
    assert restored.id == merged.id


@pytest.mark.parametrize("stopped", ["kept", "merged"])
@pytest.mark.parametrize("take", [(), (PHONE,)])
async def test_after_a_merge_an_opt_out_of_either_contact_applies_to_both_phone_numbers(
    client: Client, stopped: str, take: Sequence[Any]
) -> None:
    ids = {
        "kept": (await client.create(phone(1))).id,
        "merged": (await client.create(phone(2))).id,
    }
    number = phone(1) if stopped == "kept" else phone(2)
    await client.set_opt_status([number], "opted_out")
    answer = await merge(client, ids["kept"], ids["merged"], *take)
    assert answer.opt_status == OptStatus.OPT_STATUS_OPTED_OUT
    assert await client.opted_out([phone(1), phone(2)]) == {phone(1), phone(2)}
    later = datetime.now(UTC) + timedelta(seconds=5)
    await client.set_opt_status([answer.phone], "opted_in", later)
    other = {phone(1), phone(2)} - {answer.phone}
    assert await client.opted_out([phone(1), phone(2)]) == other


async def test_a_repeated_merge_is_audited_and_announced_only_once(
    client: Client, database: Database
) -> None:
    kept, merged = await client.create(phone(1)), await client.create(phone(2))
    answers = await asyncio.gather(
        *(merge(client, kept.id, merged.id, PHONE, if_version=kept.version) for _ in range(3))
    )
    assert answers[0] == answers[1] == answers[2] == await merge(client, kept.id, merged.id)
    org_id = client.person.org_id
    [told] = await outbox(database, org_id, "event.contacts.merged")
    event = events_pb2.ContactsMerged.FromString(told)
    assert (event.merged_id, event.contact_id, event.phone) == (merged.id, kept.id, phone(2))
    audits = map(AuditRecorded.FromString, await outbox(database, org_id, "event.contacts.audit"))
    [entry] = [each for each in audits if each.action == "contacts_merged"]
    assert entry.entity_id == kept.id
    assert entry.meta["merged_id"] == merged.id


async def test_merges_in_both_directions_at_once_leave_one_contact(client: Client) -> None:
    one, two = await client.create(phone(1)), await client.create(phone(2))
    answers = await asyncio.gather(
        merge(client, one.id, two.id), merge(client, two.id, one.id), return_exceptions=True
    )
    assert sorted(isinstance(answer, NotFound) for answer in answers) == [False, True]
    assert len((await client.find()).items) == 1


async def test_a_merge_is_refused_if_the_kept_contact_changed_since_it_was_read(
    client: Client,
) -> None:
    kept, merged = await client.create(phone(1)), await client.create(phone(2))
    await client.update(kept.id, first_name="Ann")
    with pytest.raises(PreconditionFailed):
        await merge(client, kept.id, merged.id, if_version=kept.version)
    assert len((await client.find()).items) == 2


async def test_contacts_that_do_not_exist_cannot_be_merged(client: Client) -> None:
    kept, gone = await client.create(phone(1)), await client.create(phone(2))
    await client.delete(gone.id)
    for one, two in ((kept.id, str(uuid4())), (str(uuid4()), kept.id), (kept.id, gone.id)):
        with pytest.raises(NotFound):
            await merge(client, one, two)
    with pytest.raises(InvalidInput) as refusal:
        await merge(client, kept.id, kept.id)
    assert [field.field for field in refusal.value.fields] == ["mergedId"]


async def test_contacts_of_another_organisation_cannot_be_merged(
    client: Client, contacts: Running
) -> None:
    stranger = Client(contacts)
    own, theirs = await client.create(phone(1)), await stranger.create(phone(2))
    for one, two in ((own.id, theirs.id), (theirs.id, own.id)):
        with pytest.raises(CrossOrgAccess):
            await merge(client, one, two)
    kept: contacts_pb2.Contact = await stranger.get(theirs.id)
    assert kept == theirs


async def test_a_recipient_is_returned_with_the_ids_of_contacts_that_were_merged_into_it(
    client: Client,
) -> None:
    one, two, three = [await client.create(phone(n)) for n in (1, 2, 3)]
    list_id = await client.new_list("Guests")
    await client.add_members(list_id, [one.id, two.id, three.id])
    await merge(client, two.id, one.id, PHONE)
    await merge(client, three.id, two.id, PHONE)
    [recipient] = await client.members(list_id)
    assert (recipient.contact_id, recipient.phone) == (three.id, phone(1))
    assert list(recipient.merged_contact_ids) == [one.id, two.id]
