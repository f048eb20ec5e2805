"""Quotes of campaigns to long lists, and to lists that can't be counted in time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import TooManyRequests
from servicekit.identity import acting_as
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.providers.quotes import Quotes
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.support.price_audience import Pace, PriceAudience, Quoted
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign
from services.campaigns.tests.audiences import audiences_of
from services.campaigns.tests.builders import a_campaign
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import (
    Neighbours,
    Organisation,
    an_organisation,
    phone,
)
from smsblaster.messaging.v1 import sending_settings_pb2, sending_settings_pb2_grpc
from tests.fixtures.running import Person

GB, UNSERVED = "+447400123456", "+37258123456"
Quoting = Callable[[Pace], QuoteCampaign]


@pytest.fixture(autouse=True)
def caller() -> Iterator[None]:
    """Make the calls of each test as a user."""
    with acting_as(Person().identity()):
        yield


@pytest.fixture
def quoting(database: Database, neighbours: Neighbours) -> Quoting:
    """Return a function that builds `QuoteCampaign` with a given `pace` of reading contacts."""
    caller = neighbours.messaging.caller("campaigns")
    messaging = Dispatch(caller, neighbours.messaging.channel)
    results = Results(caller, neighbours.messaging.channel)
    quotes = Quotes(caller, neighbours.messaging.channel)
    audiences = audiences_of(database, Contacts(caller, neighbours.contacts.channel), results)
    return lambda pace: QuoteCampaign(database, messaging, PriceAudience(audiences, quotes, pace))


async def own_number(organisation: Organisation) -> str:
    query = text("SELECT phone_number FROM twilio_numbers WHERE org_id = :org_id")
    async with organisation.neighbours.messaging_database.system() as connection:
        return str(await connection.scalar(query, {"org_id": organisation.person.org_id}))


async def allow(organisation: Organisation, *countries: str) -> None:
    """Allow the organisation to send only to these countries."""
    messaging = organisation.neighbours.messaging
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(messaging.channel)
    limits = sending_settings_pb2.PutSendingSettingsRequest(allowed_countries=countries)
    with acting_as(organisation.person.identity()):
        await messaging.caller().call(stub.PutSendingSettings, limits)


async def campaign_for(
    database: Database, organisation: Organisation, phones: Sequence[str]
) -> UUID:
    """Create a draft of a campaign to these phone numbers. Return its id."""
    ids = await organisation.contact_ids(phones)
    list_id = UUID(await organisation.a_list(ids))
    return await a_campaign(database, organisation.person, message="Sale", list_id=list_id)


def sums(quoted: Quoted) -> tuple[int, int, int]:
    """Return three sums of a quote: recipients with a message, cents, and all recipients."""
    destinations = quoted.prices.destinations
    recipients = sum(destination.recipients for destination in destinations)
    cents = sum(destination.total_cents for destination in destinations)
    return recipients, cents, quoted.tally.looked_at


async def test_a_list_of_many_pages_is_quoted_completely(
    database: Database, organisation: Organisation, quoting: Quoting
) -> None:
    size = 2000
    campaign_id = await campaign_for(database, organisation, [phone(n) for n in range(size)])
    for page_size in (30, 500):
        quote = quoting(Pace(page_size)).quote
        quoted = await quote(organisation.person.org_id, campaign_id)
        assert sums(quoted) == (size, size, size)
        assert quoted.complete


async def test_a_quote_that_runs_out_of_time_returns_what_was_counted_so_far(
    database: Database, organisation: Organisation, quoting: Quoting
) -> None:
    campaign_id = await campaign_for(database, organisation, [phone(n) for n in range(50)])
    quote = quoting(Pace(page_size=10, clock=count().__next__)).quote  # a page takes a second
    quoted = await quote(organisation.person.org_id, campaign_id, seconds=3)
    assert sums(quoted) == (30, 30, 30)
    assert not quoted.complete


async def test_skipped_recipients_are_counted_on_every_page(
    database: Database, organisation: Organisation, quoting: Quoting
) -> None:
    await allow(organisation, "US")
    phones = [phone(n) for n in range(5)]
    campaign_id = await campaign_for(
        database, organisation, [*phones, GB, UNSERVED, await own_number(organisation)]
    )
    await organisation.opt_out(0, 4)
    quoted = await quoting(Pace(page_size=3)).quote(organisation.person.org_id, campaign_id)
    assert sums(quoted) == (3, 3, 8)
    assert (quoted.tally.opted_out, quoted.tally.invalid, quoted.prices.refused) == (2, 1, 2)
    assert quoted.complete


@pytest.mark.usefixtures("sender")
async def test_a_sent_campaign_costs_its_quoted_price(
    organisation: Organisation, marketer: Marketer, quoting: Quoting
) -> None:
    names = ["Ann", "B" * 77, "C" * 100, "ş" * 70, "👩\u200d👧" * 30, "", "Out"]
    people = [await organisation.a_contact(n, first_name=name) for n, name in enumerate(names)]
    people += await organisation.contact_ids([GB, UNSERVED])
    await organisation.opt_out(6)
    created = await marketer.create(
        list_id=await organisation.a_list(people), message="{{firstName}}, {{firstName}}: sale"
    )
    quoted = await quoting(Pace(page_size=2)).quote(organisation.person.org_id, UUID(created.id))
    recipients, cents, _ = sums(quoted)
    await marketer.on("SendCampaign", created.id)
    await marketer.until(created.id, DONE)
    assert await organisation.balance() == 1000 - cents
    assert sum(organisation.received().values()) == recipients == 7


async def test_an_organisation_can_have_two_quotes_at_once(
    database: Database, organisation: Organisation, neighbours: Neighbours, quoting: Quoting
) -> None:
    other = await an_organisation(neighbours, cents=1)
    mine = await campaign_for(database, organisation, [phone(0)])
    theirs = await campaign_for(database, other, [phone(0)])
    quote, own = quoting(Pace()).quote, organisation.person.org_id
    *made, refused, elsewhere = await asyncio.gather(
        *(quote(own, mine) for _ in range(3)),
        quote(other.person.org_id, theirs),
        return_exceptions=True,
    )
    assert isinstance(refused, TooManyRequests)
    assert refused.code == "quotes_under_way"
    for quoted in (*made, elsewhere, await quote(own, mine)):
        assert isinstance(quoted, Quoted)
        assert sums(quoted) == (1, 1, 1)
