"""Quotes of single messages, with a message or a template."""

from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import a_template
from services.campaigns.tests.campaigns.rpc.test_quick_send import send
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import quick_quote_pb2, quick_quote_pb2_grpc
from smsblaster.messaging.v1 import quote_pb2
from tests.fixtures.running import Person, Running


async def quote(campaigns: Running, person: Person, **fields: Any) -> quote_pb2.Quote:
    stub = quick_quote_pb2_grpc.QuickQuoteServiceStub(campaigns.channel)
    with acting_as(person.identity()):
        return await campaigns.caller().call(
            stub.QuoteText, quick_quote_pb2.QuoteTextRequest(**fields)
        )


async def test_the_quoted_price_equals_the_charge(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "Seat {{seat}} ✓"))
    text = {"template_id": template_id, "variables": {"seat": "7" * 80}}
    quoted = await quote(campaigns, organisation.person, numbers=[phone(0), "x"], **text)
    assert (quoted.encoding, quoted.segments) == (quote_pb2.ENCODING_UCS2, 2)
    assert [f.character for f in quoted.forcing_characters] == ["✓"]
    assert [r.code for r in quoted.refusals] == ["invalid_number"]
    assert (quoted.recipients, quoted.balance_cents) == (1, 1000)
    assert not quoted.texts
    assert not organisation.received()
    message = await send(campaigns, organisation.person, **text)
    assert message.price_cents == quoted.total_cents == 2


async def test_a_quote_without_phone_numbers_has_the_price_for_each_country(
    campaigns: Running, organisation: Organisation
) -> None:
    quoted = await quote(campaigns, organisation.person, message="Hello")
    [here] = quoted.destinations
    assert (here.country, here.min_price_cents, quoted.total_cents) == ("US", 1, 0)


async def test_the_quoted_text_is_the_text_that_is_sent(
    campaigns: Running, organisation: Organisation
) -> None:
    text = {"message": "Seat {{seat}}", "variables": {"seat": "7" * 160}}
    quoted = await quote(campaigns, organisation.person, numbers=[phone(0)], **text)
    assert (await send(campaigns, organisation.person, **text)).segments == quoted.segments == 2


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({}, {"message", "templateId"}),
        ({"message": " "}, {"message"}),
        ({"message": "x", "countries": ["usa"]}, {"countries[0]"}),
        ({"message": "x", "numbers": ["1"] * 1001}, {"numbers"}),
    ],
)
async def test_the_error_names_the_phone_number_that_cannot_be_quoted(
    campaigns: Running, organisation: Organisation, fields: dict[str, Any], names: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await quote(campaigns, organisation.person, **fields)
    assert {f.field for f in refusal.value.fields} == names


async def test_the_error_names_the_missing_placeholder_values(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "{{a}} {{b}}"))
    with pytest.raises(InvalidInput) as refusal:
        await quote(campaigns, organisation.person, template_id=template_id, variables={"a": "1"})
    assert refusal.value.code == "missing_variables"


async def test_templates_of_other_organisations_are_refused_and_unknown_ones_are_not_found(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    theirs = str(await a_template(database, Person()))
    with pytest.raises(CrossOrgAccess):
        await quote(campaigns, organisation.person, template_id=theirs)
    with pytest.raises(NotFound):
        await quote(campaigns, organisation.person, template_id=str(new_id()))


async def test_the_message_is_quoted_instead_of_the_template_if_both_are_given(
    campaigns: Running, organisation: Organisation, database: Database
) -> None:
    template_id = str(await a_template(database, organisation.person, "x" * 500))
    both = {"message": "Short", "template_id": template_id}
    quoted = await quote(campaigns, organisation.person, numbers=[phone(0)], **both)
    assert quoted.segments == 1
