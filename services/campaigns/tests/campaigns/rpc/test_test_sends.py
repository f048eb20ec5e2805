"""Test sends and quotes of campaigns."""

from typing import Any

import pytest

from servicekit.db.database import Database
from servicekit.errors import (
    Conflict,
    CrossOrgAccess,
    InsufficientBalance,
    InvalidInput,
    NotFound,
)
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.builders import a_campaign, a_template, at_rest, fields_of
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import (
    Neighbours,
    Organisation,
    an_organisation,
    phone,
)
from smsblaster.campaigns.v1 import trials_pb2 as pb
from smsblaster.campaigns.v1 import trials_pb2_grpc
from smsblaster.messaging.v1 import quote_pb2, sending_settings_pb2, sending_settings_pb2_grpc
from tests.fixtures.running import Person, Running

METHODS: dict[str, dict[str, Any]] = {"TestCampaign": {"to": phone(0)}, "QuoteCampaign": {}}


async def ask(
    marketer: Marketer, method: str, campaign_id: object, seconds: float = 40, **fields: Any
) -> Any:
    stub = trials_pb2_grpc.CampaignTrialServiceStub(marketer.service.channel)
    request = getattr(pb, f"{method}Request")(id=str(campaign_id), **fields)
    with acting_as(marketer.person.identity()):
        return await marketer.service.caller().call(getattr(stub, method), request, seconds)


async def test_a_test_send_is_a_real_message_and_is_not_counted_for_the_campaign(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list(), message="Hi {{firstName}} {{phone}}"
    )
    message = await ask(marketer, "TestCampaign", created.id, to="(415) 600-0000")
    assert (message.to, message.body) == (phone(0), "Hi Alex (415) 600-0000")
    mine = {"firstName": "Ann", "phone": "x"}
    await ask(marketer, "TestCampaign", created.id, to=phone(0), sample_data=mine)
    assert organisation.received()[phone(0), "Hi Ann x"] == 1
    assert not message.HasField("campaign_id")
    assert (await marketer.metrics(created.id)).recipients == 0
    assert await organisation.balance() == 998


async def test_an_opted_out_number_gets_no_test_send(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    await organisation.contact_ids([phone(0)])
    await organisation.opt_out(0)
    with pytest.raises(InvalidInput) as caught:
        await ask(marketer, "TestCampaign", created.id, to=phone(0))
    assert caught.value.code == "opted_out"


async def test_sending_limits_apply_to_test_sends(
    organisation: Organisation, marketer: Marketer
) -> None:
    messaging = organisation.neighbours.messaging
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(messaging.channel)
    limits = sending_settings_pb2.PutSendingSettingsRequest(allowed_countries=["GB"])
    with acting_as(organisation.person.identity()):
        await messaging.caller().call(stub.PutSendingSettings, limits)
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await ask(marketer, "TestCampaign", created.id, to=phone(0))
    assert caught.value.code == "destination_not_allowed"
    assert not organisation.received()


async def test_test_send_needs_sufficient_balance(
    campaigns: Running, neighbours: Neighbours
) -> None:
    organisation = await an_organisation(neighbours, cents=0)
    marketer = Marketer(campaigns, organisation.person)
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InsufficientBalance):
        await ask(marketer, "TestCampaign", created.id, to=phone(0))
    assert not organisation.received()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"to": ""}, "to"),
        ({"to": "12"}, "to"),
        ({"to": phone(0), "sample_data": {"seat": "9"}}, "sampleData.seat"),
    ],
)
async def test_an_invalid_test_send_gets_an_error_for_its_field(
    organisation: Organisation, marketer: Marketer, fields: dict[str, Any], field: str
) -> None:
    created = await marketer.create(list_id=await organisation.a_list())
    with pytest.raises(InvalidInput) as caught:
        await ask(marketer, "TestCampaign", created.id, **fields)
    assert fields_of(caught.value) == [field]
    assert not organisation.received()


async def test_a_quote_renders_the_text_for_every_recipient(
    organisation: Organisation, marketer: Marketer
) -> None:
    people = [
        await organisation.a_contact(0, first_name="A" * 100),
        await organisation.a_contact(1, first_name="B" * 100, last_name="B" * 100),
        await organisation.a_contact(2, first_name="Out"),
        await organisation.a_contact(3),
    ]
    await organisation.opt_out(2)
    created = await marketer.create(
        list_id=await organisation.a_list(people), message="{{firstName}}{{lastName}}"
    )
    quote = await ask(marketer, "QuoteCampaign", created.id)
    assert (quote.recipients, quote.opted_out, quote.invalid) == (2, 1, 1)
    (us,) = quote.destinations
    assert (us.country, us.recipients, us.segments) == ("US", 2, 3)
    assert (us.min_price_cents, us.max_price_cents, us.total_cents) == (1, 2, 3)
    assert (quote.total_cents, quote.balance_cents, quote.balance_covers) == (3, 1000, True)
    assert (quote.complete, quote.looked_at) == (True, 4)
    assert quote.encoding == quote_pb2.ENCODING_GSM7
    assert await organisation.balance() == 1000
    assert not organisation.received()


async def test_a_quote_ends_before_the_deadline(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list_of(2))
    quote = await ask(marketer, "QuoteCampaign", created.id, seconds=9)
    assert (quote.complete, quote.looked_at, quote.total_cents) == (False, 2, 2)


async def test_a_quote_lists_the_characters_that_force_ucs2(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list(), message="Hi ş{{phone}}")
    quote = await ask(marketer, "QuoteCampaign", created.id)
    assert quote.encoding == quote_pb2.ENCODING_UCS2
    assert [character.character for character in quote.forcing_characters] == ["ş"]
    assert (quote.recipients, quote.total_cents, quote.complete) == (0, 0, True)


async def test_a_quote_lists_placeholders_of_other_tools(
    organisation: Organisation, marketer: Marketer
) -> None:
    text = "Hi *|FNAME|*, {{firstName}} or {firstName}"
    created = await marketer.create(list_id=await organisation.a_list(), message=text)
    quote = await ask(marketer, "QuoteCampaign", created.id)
    assert list(quote.foreign_placeholders) == ["*|FNAME|*", "{firstName}"]


@pytest.mark.parametrize("gone", ["list", "template"])
async def test_a_campaign_without_its_list_or_template_has_no_quote(
    organisation: Organisation, marketer: Marketer, database: Database, gone: str
) -> None:
    if gone == "list":
        campaign_id = await a_campaign(database, organisation.person)
    else:
        template_id = await a_template(database, organisation.person, deleted=True)
        campaign_id = await at_rest(database, organisation, template_id=template_id)
    with pytest.raises(Conflict, match=gone):
        await ask(marketer, "QuoteCampaign", campaign_id)


@pytest.mark.parametrize("method", METHODS)
async def test_a_campaign_of_another_organisation_is_refused(
    organisation: Organisation,
    campaigns: Running,
    marketer: Marketer,
    database: Database,
    method: str,
) -> None:
    campaign_id = await at_rest(database, organisation)
    with pytest.raises(CrossOrgAccess):
        await ask(Marketer(campaigns, Person()), method, campaign_id, **METHODS[method])
    with pytest.raises(NotFound):
        await ask(marketer, method, new_id(), **METHODS[method])
    assert not organisation.received()
