"""Batches: one request with many recipients, of whom each has variables or a text of their own."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import a_template
from services.campaigns.tests.organisation import (
    Neighbours,
    Organisation,
    an_organisation,
    phone,
)
from smsblaster.campaigns.v1 import quick_send_pb2, quick_send_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.running import Person, Running

ACCEPTED = messages_pb2.BATCH_RESULT_STATUS_ACCEPTED
SCHEDULED = messages_pb2.BATCH_RESULT_STATUS_SCHEDULED
REFUSED = messages_pb2.BATCH_RESULT_STATUS_REFUSED
DUPLICATE = messages_pb2.BATCH_RESULT_STATUS_DUPLICATE


async def send_batch(
    campaigns: Running, person: Person, *recipients: dict[str, Any], **fields: Any
) -> messages_pb2.SendBatchResponse:
    stub = quick_send_pb2_grpc.QuickSendServiceStub(campaigns.channel)
    people = [quick_send_pb2.BatchRecipient(**recipient) for recipient in recipients]
    request = quick_send_pb2.SendBatchRequest(recipients=people, **fields)
    with acting_as(person.identity()):
        return await campaigns.caller().call(stub.SendBatch, request, timeout=60)


async def stored(organisation: Organisation) -> dict[str, tuple[str, str | None, Any]]:
    """Return the organisation's messages: text, reference and metadata by number."""
    query = text(
        "SELECT to_number, body, reference, metadata FROM sms_messages WHERE org_id = :org_id"
    )
    async with organisation.neighbours.messaging_database.system() as connection:
        rows = (await connection.execute(query, {"org_id": organisation.person.org_id})).all()
    assert len({row.to_number for row in rows}) == len(rows), "somebody has two messages"
    return {row.to_number: (row.body, row.reference, row.metadata) for row in rows}


def codes(sent: messages_pb2.SendBatchResponse) -> list[tuple[str, str]]:
    return [(each.code, each.field) for each in sent.results]


async def test_each_recipient_gets_a_text_of_their_own(
    campaigns: Running, organisation: Organisation
) -> None:
    contact = await organisation.a_contact(2, first_name="Cleo")
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": phone(0), "variables": {"firstName": "Ann"}, "reference": "order-1"},
        {"to": phone(1), "message": "For you {{only}}", "metadata": {"seat": "7"}},
        {"contact_id": contact},
        message="Hi {{firstName}}, {{what}}",
        variables={"what": "doors at 7", "firstName": ""},
        reference="evening",
        metadata={"show": "42"},
    )
    assert [each.status for each in sent.results] == [ACCEPTED] * 3
    assert (sent.total, sent.sent, sent.failed, sent.duplicates) == (3, 3, 0, 0)
    assert await stored(organisation) == {
        phone(0): ("Hi Ann, doors at 7", "order-1", {"show": "42"}),
        phone(1): ("For you {{only}}", "evening", {"seat": "7"}),
        phone(2): ("Hi, doors at 7", "evening", {"show": "42"}),
    }
    assert [each.reference for each in sent.results] == ["order-1", "evening", "evening"]
    assert [each.message_id for each in sent.results] == list(sent.message_ids)
    assert sent.results[2].contact_id == contact
    assert sum(each.price_cents for each in sent.results) == sent.price_cents
    assert await organisation.balance() == 1000 - sent.price_cents == 997


async def test_placeholders_without_a_variable_are_filled_from_the_contact(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(
        await a_template(database, organisation.person, "{{firstName}}/{{lastName}}/{{phone}}")
    )
    await organisation.a_contact(0, first_name="Ann", last_name="Archer")
    contact = await organisation.a_contact(1, first_name="Bob", last_name="Baker")
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": "(415) 600-0000", "variables": {"lastName": "Own"}},
        {"contact_id": contact},
        template_id=template_id,
    )
    assert [each.code for each in sent.results] == ["", ""]
    assert await stored(organisation) == {
        phone(0): (f"Ann/Own/{phone(0)}", None, None),
        phone(1): (f"Bob/Baker/{phone(1)}", None, None),
    }


async def test_a_missing_placeholder_value_refuses_only_its_own_recipient(
    campaigns: Running, organisation: Organisation
) -> None:
    await organisation.a_contact(1, first_name="Bob")
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": phone(0), "variables": {"firstName": "Ann", "seat": "7"}},
        {"to": phone(1), "variables": {}},
        {"to": phone(2), "variables": {"seat": "8"}},
        {"to": phone(3), "variables": {"seat": "x" * 1600, "firstName": "x"}},
        message="{{firstName}} has {{seat}}",
    )
    assert codes(sent) == [
        ("", ""),
        ("missing_variables", "recipients[1].variables.seat"),
        ("missing_variables", "recipients[2].variables.firstName"),
        ("message_too_long", "recipients[3].variables"),
    ]
    assert "firstName" in sent.results[2].message
    assert (sent.sent, sent.failed, len(sent.errors)) == (1, 3, 3)
    assert set(await stored(organisation)) == {phone(0)}
    assert await organisation.balance() == 1000 - sent.price_cents == 999


async def test_recipients_who_cannot_be_texted_are_listed_with_the_reason(
    campaigns: Running, organisation: Organisation
) -> None:
    await organisation.opt_out(1)
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": "12345"},
        {"to": phone(1)},
        {"contact_id": str(uuid4())},
        {"to": "+870773111632"},
        {"to": phone(0)},
        {"to": "(415) 600-0000"},
        message="Hi",
    )
    assert codes(sent) == [
        ("invalid_number", "recipients[0].to"),
        ("opted_out", "recipients[1].to"),
        ("contact_not_found", "recipients[2].contactId"),
        (sent.results[3].code, "recipients[3].to"),
        ("", ""),
        ("duplicate", "recipients[5].to"),
    ]
    assert sent.results[5].status == DUPLICATE
    assert sent.results[5].duplicate_of == 4
    assert not sent.results[2].HasField("to")
    assert (sent.total, sent.sent, sent.failed, sent.duplicates) == (6, 1, 4, 1)
    assert set(await stored(organisation)) == {phone(0)}


async def test_a_number_whose_first_text_was_refused_can_get_a_second_text_of_the_batch(
    campaigns: Running, organisation: Organisation
) -> None:
    sent = await send_batch(
        campaigns,
        organisation.person,
        {"to": phone(0)},
        {"to": phone(0), "variables": {"seat": "7"}},
        message="Seat {{seat}}",
    )
    assert [each.status for each in sent.results] == [REFUSED, ACCEPTED]
    assert (await stored(organisation))[phone(0)][0] == "Seat 7"


async def test_all_phone_numbers_get_the_same_text_and_each_has_a_result(
    campaigns: Running, organisation: Organisation
) -> None:
    sent = await send_batch(
        campaigns, organisation.person, numbers=[phone(0), "x", phone(0)], message="Hi {{name}}"
    )
    assert codes(sent) == [("", ""), ("invalid_number", "numbers[1]"), ("duplicate", "numbers[2]")]
    assert [(error.to, error.code) for error in sent.errors] == [
        ("x", "invalid_number"),
        (phone(0), "duplicate"),
    ]
    assert (await stored(organisation))[phone(0)][0] == "Hi {{name}}"


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"message": "Hi"}, ["numbers", "recipients"]),
        ({"numbers": [phone(0)], "recipients": [{"to": phone(1)}], "message": "Hi"},
         ["numbers", "recipients"]),
        ({"recipients": [{"to": phone(0)}]}, ["message", "templateId"]),
        ({"numbers": [phone(0)]}, ["message", "templateId"]),
        ({"recipients": [{"to": phone(0), "message": "a"}, {"to": phone(1)}]},
         ["message", "templateId"]),
        ({"recipients": [{}], "message": "Hi"},
         ["recipients[0].to", "recipients[0].contactId"]),
        ({"recipients": [{"to": phone(0), "message": "a", "variables": {"b": "c"}}]},
         ["recipients[0].variables"]),
        ({"recipients": [{"to": phone(0), "reference": " "}], "message": "Hi"},
         ["recipients[0].reference"]),
        ({"recipients": [{"to": phone(0)}], "message": "{{7}}"}, ["message"]),
        ({"recipients": [{"to": phone(0)}] * 1001, "message": "Hi"}, ["recipients"]),
        ({"numbers": [phone(0)], "message": "{{a}}", "variables": {"b": "c"}}, ["variables.a"]),
    ],
)  # fmt: skip
async def test_the_errors_of_a_contradicting_batch_name_the_fields(
    campaigns: Running, organisation: Organisation, fields: dict[str, Any], names: list[str]
) -> None:
    recipients = fields.get("recipients", ())
    rest = {name: value for name, value in fields.items() if name != "recipients"}
    with pytest.raises(InvalidInput) as refusal:
        await send_batch(campaigns, organisation.person, *recipients, **rest)
    assert [fault.field for fault in refusal.value.fields] == names
    assert not await stored(organisation)


async def test_ids_of_another_organisation_are_refused_and_nobody_is_texted(
    campaigns: Running, organisation: Organisation, database: Database, neighbours: Neighbours
) -> None:
    other = await an_organisation(neighbours, 0)
    theirs = await other.a_contact(5, first_name="Eve")
    with pytest.raises(CrossOrgAccess):
        await send_batch(
            campaigns,
            organisation.person,
            {"to": phone(0)},
            {"contact_id": theirs},
            message="Hi",
        )
    template_id = str(await a_template(database, other.person, "Hi"))
    with pytest.raises(CrossOrgAccess):
        await send_batch(campaigns, organisation.person, {"to": phone(0)}, template_id=template_id)
    with pytest.raises(NotFound):
        await send_batch(
            campaigns, organisation.person, {"to": phone(0)}, template_id=str(new_id())
        )
    assert not await stored(organisation)


async def test_no_text_is_filled_from_a_contact_of_another_organisation(
    campaigns: Running, organisation: Organisation, neighbours: Neighbours
) -> None:
    other = await an_organisation(neighbours, 0)
    await other.a_contact(0, first_name="Eve")
    sent = await send_batch(
        campaigns, organisation.person, {"to": phone(0)}, message="Hi {{firstName}}"
    )
    assert codes(sent) == [("missing_variables", "recipients[0].variables.firstName")]
