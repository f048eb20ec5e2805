"""Messages that US carriers would block are refused before they cost money."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from servicekit.errors import InvalidInput
from services.billing.tests.money import pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.registrant import APPROVED, CAMPAIGN, Registrant
from services.messaging.tests.sending.rpc.test_quote import counted, quote
from services.messaging.tests.tenant import Tenant, TwilioSide
from tests.fixtures.running import Person, Running, listening, running

CANADIAN = "+14168675309"


@pytest.fixture(scope="module")
async def strict(settings: MessagingSettings, messaging: Running) -> AsyncIterator[Running]:
    """Run messaging as in production, where US numbers must be registered."""
    own = settings.model_copy(
        update={"ops_listen": listening(), "grpc_listen": listening(), "require_a2p": True}
    )
    async with running(app.serve, own) as service:
        yield service


@pytest.fixture
async def organisation(bare_organisation: Organisation, strict: Running) -> Organisation:
    """Create an organisation with a local US number and a balance."""
    organisation = replace(bare_organisation, messaging=strict, person=Person())
    await organisation.set_up()
    await pay_in(organisation.billing_database, organisation.person, 1000)
    return organisation


@pytest.fixture
def registrant(organisation: Organisation, settings: MessagingSettings) -> Registrant:
    tenant = Tenant(organisation.messaging, organisation.database, organisation.org_id)
    return Registrant(tenant, organisation, settings)


async def register(registrant: Registrant) -> None:
    brand_sid = await registrant.approved_brand()
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN)
    await registrant.link(created.campaign_sid, (await registrant.tenant.service()).sid)


async def add_toll_free(registrant: Registrant, twilio: TwilioSide) -> str:
    """Give the organisation a toll-free number as well."""
    bought = await twilio.buy(registrant.organisation.account_sid, "833")
    await registrant.tenant.buy_numbers(area_code="833")
    return bought["phone_number"]


async def test_a_message_from_an_unregistered_number_costs_nothing(
    organisation: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1))
    assert refusal.value.code == "unregistered_sender"
    assert "registered" in refusal.value.message
    assert await organisation.balance() == 1000
    assert not organisation.provider()


async def test_a_batch_sends_only_the_messages_that_need_no_registered_number(
    organisation: Organisation,
) -> None:
    batch = await organisation.send_batch([phone(1), CANADIAN])
    assert [(e.to, e.code) for e in batch.errors] == [(phone(1), "unregistered_sender")]
    assert batch.sent == 1


async def test_a_quote_leaves_out_messages_that_need_a_registered_number(
    organisation: Organisation,
) -> None:
    quoted = await quote(organisation, "Hello", phone(1), CANADIAN)
    assert [(r.to, r.code) for r in quoted.refusals] == [(phone(1), "unregistered_sender")]
    assert [d.country for d in quoted.destinations] == ["CA"]
    priced = await counted(organisation, ("US", 1, 5), ("PR", 1, 2), ("CA", 1, 3))
    assert [(d.country, d.recipients) for d in priced.destinations] == [("CA", 3)]
    assert priced.refused == 7


async def test_no_message_of_a_campaign_is_accepted_from_an_unregistered_number(
    organisation: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await organisation.submit(uuid4(), [phone(1), phone(2)])
    assert refusal.value.code == "unregistered_sender"
    assert await organisation.balance() == 1000


async def test_messages_are_sent_as_soon_as_a_linked_campaign_is_approved(
    organisation: Organisation, registrant: Registrant
) -> None:
    await register(registrant)
    await registrant.campaign_when(APPROVED)
    assert (await counted(organisation, ("US", 1, 5))).refused == 0
    assert (await organisation.send(phone(1))).id


async def test_a_toll_free_number_needs_no_registration(
    organisation: Organisation, registrant: Registrant
) -> None:
    await registrant.tenant.execute(
        "UPDATE twilio_numbers SET phone_number = '+1800' || substr(phone_number, 6)"
        " WHERE org_id = :org_id"
    )
    assert (await organisation.send(phone(1))).id


async def test_messages_are_refused_as_soon_as_an_unregistered_number_is_added(
    organisation: Organisation, registrant: Registrant
) -> None:
    await registrant.tenant.execute(
        "UPDATE twilio_numbers SET phone_number = '+1888' || substr(phone_number, 6)"
        " WHERE org_id = :org_id"
    )
    assert (await organisation.send(phone(1))).id
    buyer = Person(registrant.tenant.org_id, registrant.tenant.user_id)
    await pay_in(organisation.billing_database, buyer, 1_000)
    await registrant.tenant.buy_numbers()
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(2))
    assert refusal.value.code == "unregistered_sender"


async def test_an_unregistered_number_beside_a_toll_free_one_is_refused(
    organisation: Organisation, registrant: Registrant, twilio: TwilioSide
) -> None:
    await add_toll_free(registrant, twilio)
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1))
    assert refusal.value.code == "unregistered_sender"
    assert not organisation.provider()


async def test_a_reply_is_refused_if_the_number_that_it_is_sent_from_is_unregistered(
    organisation: Organisation, registrant: Registrant, twilio: TwilioSide
) -> None:
    local, inbox = await organisation.number(), Inbox(organisation)
    toll_free = await add_toll_free(registrant, twilio)
    await organisation.text_in(phone(1), "Hello", To=local)
    contact = await inbox.text_in(phone(1))
    with pytest.raises(InvalidInput) as refusal:
        await inbox.reply(contact)
    assert refusal.value.code == "unregistered_sender"
    assert await organisation.balance() == 1000
    await organisation.text_in(phone(1), "Hello again", To=toll_free)
    assert (await inbox.reply(contact)).from_number == toll_free
