"""Single messages: the campaigns service fills the text, and messaging sends it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InsufficientBalance, InvalidInput, NotFound
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


async def send(campaigns: Running, person: Person, **fields: Any) -> messages_pb2.Message:
    stub = quick_send_pb2_grpc.QuickSendServiceStub(campaigns.channel)
    request = quick_send_pb2.SendTextRequest(**{"to": phone(0)} | fields)
    with acting_as(person.identity()):
        return await campaigns.caller().call(stub.SendText, request)


async def test_a_message_without_variables_is_sent_as_it_is(
    campaigns: Running, organisation: Organisation
) -> None:
    message = await send(campaigns, organisation.person, message="Hi {{firstName}} {{7*7}}")
    assert (message.to, message.body) == (phone(0), "Hi {{firstName}} {{7*7}}")
    assert organisation.received() == {(phone(0), "Hi {{firstName}} {{7*7}}"): 1}
    assert await organisation.balance() == 1000 - message.price_cents == 999


async def test_a_template_is_filled_with_the_given_values(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "Seat {{seat}}, {{ name }}"))
    values = {"seat": "7", "name": "{{seat}} <b>&</b>", "more": "x"}
    await send(campaigns, organisation.person, template_id=template_id, variables=values)
    assert organisation.received() == {(phone(0), "Seat 7, {{seat}} <b>&</b>"): 1}


async def test_a_message_is_filled_with_the_given_values(
    campaigns: Running, organisation: Organisation
) -> None:
    message = await send(
        campaigns,
        organisation.person,
        message="Hi {{name}}",
        variables={"name": "{{Ann}}", "x": "y"},
    )
    assert message.body == "Hi {{Ann}}"


async def refused(campaigns: Running, organisation: Organisation, **fields: Any) -> InvalidInput:
    """Return the error of a request with `fields`. Check that nothing was sent or charged."""
    with pytest.raises(InvalidInput) as caught:
        await send(campaigns, organisation.person, **fields)
    assert not organisation.received()
    assert await organisation.balance() == 1000
    return caught.value


async def test_the_error_names_the_missing_placeholder_values_and_nothing_is_sent(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "{{a}} {{b}} {{c}}"))
    error = await refused(campaigns, organisation, template_id=template_id, variables={"a": "1"})
    assert error.code == "missing_variables"
    assert [fault.field for fault in error.fields] == ["variables.b", "variables.c"]


async def test_the_error_names_the_missing_placeholder_values_of_a_message(
    campaigns: Running, organisation: Organisation
) -> None:
    error = await refused(campaigns, organisation, message="{{a}} {{b}}", variables={"a": "1"})
    assert error.code == "missing_variables"
    assert [fault.field for fault in error.fields] == ["variables.b"]
    error = await refused(campaigns, organisation, message="{{a}} {{7}}", variables={"a": "1"})
    assert [fault.field for fault in error.fields] == ["message"]


async def test_an_empty_or_too_long_text_is_rejected(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "{{a}}{{a}}"))
    for value, code in ((" ", "invalid_request"), ("x" * 801, "message_too_long")):
        error = await refused(
            campaigns, organisation, template_id=template_id, variables={"a": value}
        )
        assert error.code == code
        assert [fault.field for fault in error.fields] == ["variables"]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, ["message", "templateId"]),
        ({"message": " "}, ["message"]),
        ({"message": "x" * 1601}, ["message"]),
        ({"template_id": "nonsense"}, ["templateId"]),
        ({"message": "Hi", "to": ""}, ["to"]),
        ({"message": "Hi", "to": "letters"}, ["to"]),
        ({"message": "Hi", "variables": {"a": "x" * 1601}}, ["variables.a"]),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    campaigns: Running, organisation: Organisation, fields: dict[str, Any], faults: list[str]
) -> None:
    error = await refused(campaigns, organisation, **fields)
    assert [fault.field for fault in error.fields] == faults


async def test_a_template_of_another_organisation_is_refused(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    theirs = str(await a_template(database, Person(), "Hi"))
    with pytest.raises(CrossOrgAccess):
        await send(campaigns, organisation.person, template_id=theirs)
    with pytest.raises(NotFound):
        await send(campaigns, organisation.person, template_id=str(new_id()))
    assert not organisation.received()


async def test_an_opted_out_recipient_gets_nothing(
    campaigns: Running, organisation: Organisation
) -> None:
    await organisation.opt_out(0)
    assert (await refused(campaigns, organisation, message="Hi")).code == "opted_out"


async def test_nothing_is_sent_with_an_insufficient_balance(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=0)
    with pytest.raises(InsufficientBalance):
        await send(campaigns, organisation.person, message="Hi")
    assert not organisation.received()


async def test_a_contact_gets_the_message_at_their_number(
    campaigns: Running, organisation: Organisation
) -> None:
    contact_id = await organisation.a_contact(7)
    message = await send(
        campaigns, organisation.person, to=None, contact_id=contact_id, message="Hi"
    )
    assert (message.to, message.contact_id) == (phone(7), contact_id)
    assert organisation.received() == {(phone(7), "Hi"): 1}


async def test_an_opted_out_contact_gets_no_message(
    campaigns: Running, organisation: Organisation
) -> None:
    contact_id = await organisation.a_contact(7)
    await organisation.opt_out(7)
    with pytest.raises(InvalidInput) as caught:
        await send(campaigns, organisation.person, to=None, contact_id=contact_id, message="Hi")
    assert caught.value.code == "opted_out"
    assert not organisation.received()


async def test_a_contact_of_another_organisation_is_refused(
    campaigns: Running, organisation: Organisation, neighbours: Neighbours
) -> None:
    theirs = await Organisation(neighbours).a_contact(7)
    for contact_id, refusal in ((theirs, CrossOrgAccess), (str(new_id()), NotFound)):
        with pytest.raises(refusal):
            await send(campaigns, organisation.person, to=None, contact_id=contact_id, message="Hi")
    assert not organisation.received()


@pytest.mark.parametrize("both", [True, False])
async def test_exactly_one_of_phone_number_and_contact_is_required(
    campaigns: Running, organisation: Organisation, both: bool
) -> None:
    contact_id = await organisation.a_contact(7) if both else None
    to = phone(0) if both else None
    with pytest.raises(InvalidInput) as caught:
        await send(campaigns, organisation.person, to=to, contact_id=contact_id, message="Hi")
    assert [fault.field for fault in caught.value.fields] == ["to", "contactId"]


async def test_unused_placeholder_values_are_rejected_only_in_a_strict_request(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "Hi {{firstName}}"))
    fields = {"template_id": template_id, "variables": {"firstName": "Ann", "seat": "9"}}
    with pytest.raises(InvalidInput) as caught:
        await send(campaigns, organisation.person, strict=True, **fields)
    assert caught.value.code == "extra_variables"
    assert [fault.field for fault in caught.value.fields] == ["variables.seat"]
    assert (await send(campaigns, organisation.person, **fields)).body == "Hi Ann"


async def test_the_message_is_used_instead_of_the_template_if_both_are_given(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "From a template"))
    message = await send(
        campaigns, organisation.person, message="Written by hand", template_id=template_id
    )
    assert message.body == "Written by hand"
    assert organisation.received() == {(phone(0), "Written by hand"): 1}


async def test_a_template_is_filled_when_the_message_is_scheduled(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "Seat {{seat}}"))
    tomorrow = Timestamp()
    tomorrow.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    message = await send(
        campaigns,
        organisation.person,
        template_id=template_id,
        variables={"seat": "7"},
        send_at=tomorrow,
        respect_quiet_hours=True,
    )
    assert (message.body, message.send_at) == ("Seat 7", tomorrow)
    assert message.status == messages_pb2.MESSAGE_STATUS_SCHEDULED
    assert not organisation.received()
    assert await organisation.balance() == 1000
