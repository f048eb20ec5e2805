"""A repeated batch that names contacts texts nobody twice, even if contacts have changed since."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.errors import NotFound
from servicekit.identity import acting_as
from servicekit.operation import operating, part
from services.campaigns.tests.campaigns.rpc.test_batches import (
    ACCEPTED,
    DUPLICATE,
    REFUSED,
    codes,
    send_batch,
    stored,
)
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import quick_send_pb2, quick_send_pb2_grpc
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.running import Running


async def _call(organisation: Organisation, method: str, request: Any) -> None:
    contacts = organisation.neighbours.contacts
    stub = contacts_pb2_grpc.ContactServiceStub(contacts.channel)
    with acting_as(organisation.person.identity()):
        await contacts.caller().call(getattr(stub, method), request)


async def renumber(organisation: Organisation, contact: str, number: int) -> None:
    request = contacts_pb2.UpdateContactRequest(id=contact, phone=phone(number))
    await _call(organisation, "UpdateContact", request)


async def delete(organisation: Organisation, contact: str) -> None:
    await _call(organisation, "DeleteContact", contacts_pb2.DeleteContactRequest(id=contact))


async def run(organisation: Organisation, statement: str, **parameters: Any) -> None:
    async with organisation.neighbours.messaging_database.system() as connection:
        parameters["org_id"] = organisation.person.org_id
        assert (await connection.execute(text(statement), parameters)).rowcount


async def send_text(
    campaigns: Running, organisation: Organisation, contact: str
) -> messages_pb2.Message:
    stub = quick_send_pb2_grpc.QuickSendServiceStub(campaigns.channel)
    request = quick_send_pb2.SendTextRequest(contact_id=contact, message="Hi")
    with acting_as(organisation.person.identity()):
        return await campaigns.caller().call(stub.SendText, request, timeout=60)


async def test_a_repeated_batch_keeps_the_texts_of_contacts_that_were_renumbered_or_deleted(
    campaigns: Running, organisation: Organisation
) -> None:
    people = [await organisation.a_contact(n, first_name=f"P{n}") for n in range(3)]
    named = [{"contact_id": contact} for contact in people]
    with operating(uuid4()):
        first = await send_batch(campaigns, organisation.person, *named, message="{{firstName}}")
        await renumber(organisation, people[0], 7)
        await delete(organisation, people[1])
        again = await send_batch(campaigns, organisation.person, *named, message="{{firstName}}")
    assert [each.status for each in again.results] == [ACCEPTED] * 3
    assert list(again.message_ids) == list(first.message_ids)
    assert await stored(organisation) == {phone(n): (f"P{n}", None, None) for n in range(3)}
    assert await organisation.balance() == 1000 - first.price_cents


async def test_a_number_that_was_texted_as_a_contact_is_still_a_duplicate_in_a_repeated_batch(
    campaigns: Running, organisation: Organisation
) -> None:
    contact = await organisation.a_contact(0)
    people: list[dict[str, Any]] = [{"contact_id": contact}, {"to": phone(0)}, {"to": phone(1)}]
    with operating(uuid4()):
        first = await send_batch(campaigns, organisation.person, *people, message="Hi")
        await renumber(organisation, contact, 7)
        again = await send_batch(campaigns, organisation.person, *people, message="Hi")
    assert [each.status for each in first.results] == [ACCEPTED, DUPLICATE, ACCEPTED]
    assert [each.status for each in again.results] == [ACCEPTED, DUPLICATE, ACCEPTED]
    assert list(again.message_ids) == list(first.message_ids)
    assert set(await stored(organisation)) == {phone(0), phone(1)}


async def test_a_repeated_batch_sends_an_uncharged_message_to_the_contacts_original_number(
    campaigns: Running, organisation: Organisation
) -> None:
    contact = await organisation.a_contact(0)
    with operating(uuid4()):
        first = await send_batch(
            campaigns, organisation.person, {"contact_id": contact}, message="Hi"
        )
        uncharged = "UPDATE sms_messages SET charged = false, next_step_at = 'infinity'"
        await run(organisation, f"{uncharged} WHERE org_id = :org_id")
        await renumber(organisation, contact, 7)
        again = await send_batch(
            campaigns, organisation.person, {"contact_id": contact}, message="Hi"
        )
    assert again.results[0].message_id == first.results[0].message_id
    assert set(await stored(organisation)) == {phone(0)}
    assert await organisation.balance() == 1000 - first.price_cents


async def test_a_repeated_batch_finds_the_message_that_the_previous_release_stored(
    campaigns: Running, organisation: Organisation
) -> None:
    contact = await organisation.a_contact(0)
    with operating(uuid4()):
        first = await send_batch(
            campaigns, organisation.person, {"contact_id": contact}, message="Hi"
        )
        by_number = "UPDATE sms_messages SET operation_id = :part WHERE org_id = :org_id"
        await run(organisation, by_number, part=part(phone(0)))
        again = await send_batch(
            campaigns, organisation.person, {"contact_id": contact}, message="Hi"
        )
    assert again.results == first.results
    assert set(await stored(organisation)) == {phone(0)}


async def test_a_repeated_batch_returns_its_accepted_texts_although_new_texts_are_refused(
    campaigns: Running, organisation: Organisation
) -> None:
    await organisation.opt_out(1)
    people = [{"to": phone(n), "message": "Hi"} for n in range(2)]
    with operating(uuid4()):
        first = await send_batch(campaigns, organisation.person, *people)
        again = await send_batch(campaigns, organisation.person, *people, from_number=phone(9))
    assert [each.status for each in again.results] == [ACCEPTED, REFUSED]
    assert again.results[0] == first.results[0]
    assert codes(again)[1] == ("unknown_sender", "from")


async def test_no_text_is_filled_from_a_deleted_contact(
    campaigns: Running, organisation: Organisation
) -> None:
    await delete(organisation, await organisation.a_contact(0, first_name="Ann"))
    sent = await send_batch(
        campaigns, organisation.person, {"to": phone(0)}, message="Hi {{firstName}}"
    )
    assert codes(sent) == [("missing_variables", "recipients[0].variables.firstName")]
    assert not await stored(organisation)


async def test_a_long_placeholder_without_a_value_refuses_only_its_recipient(
    campaigns: Running, organisation: Organisation
) -> None:
    name = "a" * 1000
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": phone(0), "variables": {name: "x"}},
        {"to": phone(1)},
        message=f"Hi {{{{{name}}}}}",
    )
    assert codes(sent) == [("", ""), ("missing_variables", f"recipients[1].variables.{name}")]


@pytest.mark.parametrize("change", ["renumbered", "deleted"])
async def test_a_repeated_text_to_a_contact_is_sent_once(
    campaigns: Running, organisation: Organisation, change: str
) -> None:
    contact = await organisation.a_contact(0)
    with operating(uuid4()):
        first = await send_text(campaigns, organisation, contact)
        if change == "deleted":
            await delete(organisation, contact)
        else:
            await renumber(organisation, contact, 7)
        again = await send_text(campaigns, organisation, contact)
    assert (again.id, again.to) == (first.id, phone(0))
    assert set(await stored(organisation)) == {phone(0)}
    with operating(uuid4()):
        if change == "deleted":
            with pytest.raises(NotFound):
                await send_text(campaigns, organisation, contact)
        else:
            assert (await send_text(campaigns, organisation, contact)).to == phone(7)


async def test_a_repeated_text_finds_the_message_that_the_previous_release_stored(
    campaigns: Running, organisation: Organisation
) -> None:
    contact = await organisation.a_contact(0)
    with operating(uuid4()):
        first = await send_text(campaigns, organisation, contact)
        by_number = "UPDATE sms_messages SET operation_id = :part WHERE org_id = :org_id"
        await run(organisation, by_number, part=part(phone(0)))
        again = await send_text(campaigns, organisation, contact)
    assert UUID(again.id) == UUID(first.id)
    assert set(await stored(organisation)) == {phone(0)}
