"""A turn: how far ahead it plans, and what a planner that died leaves to the next."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.identity import Identity, TokenSigner, acting_as
from servicekit.rpc.client import Caller, open_channel
from services.campaigns.providers.contacts import Contacts
from services.campaigns.providers.messaging import Messaging
from services.campaigns.storage import plans
from services.campaigns.storage.plans import Lease
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.conftest import CHUNK, WINDOW
from services.campaigns.tests.organisation import Neighbours, Organisation
from services.campaigns.usecases.plan_turn import AT_ONCE, SETTLING, WINDOW_FULL, PlanOptions, PlanTurn
from tests.fixtures.running import Running, listening

LEASE = 10.0
OPTIONS = PlanOptions(WINDOW, CHUNK, LEASE)


@pytest.fixture(scope="module")
def caller(messaging: Running) -> Caller:
    return Caller(TokenSigner("campaigns", messaging.signer_key))


@pytest.fixture(scope="module")
async def contacts_calls(contacts: Running, caller: Caller) -> Contacts:
    return Contacts(caller, contacts.channel)


@pytest.fixture(scope="module")
async def messaging_calls(messaging: Running, caller: Caller) -> Messaging:
    return Messaging(caller, messaging.channel)


@pytest.fixture
def take_turn(
    database: Database, contacts_calls: Contacts, messaging_calls: Messaging
) -> PlanTurn:
    return PlanTurn(database, contacts_calls, messaging_calls, OPTIONS)


async def running_campaign(database: Database, organisation: Organisation, size: int) -> UUID:
    list_id = UUID(await organisation.a_list_of(size))
    return await a_campaign(database, organisation.person, "running", list_id=list_id)


async def lease_of(database: Database, campaign_id: UUID) -> Lease:
    """The campaign in our hands, as the next planner gets it."""
    async with database.system() as connection:
        await plans.hasten(connection, [((await row_of(database, campaign_id)).org_id, campaign_id)])
        leases = await plans.lease(connection, 100, LEASE)
    return next(lease for lease in leases if lease.campaign_id == campaign_id)


async def pending(messaging: Messaging, lease: Lease) -> int:
    with acting_as(Identity("campaigns", lease.org_id)):
        return (await messaging.outcomes(lease.campaign_id)).pending


async def give_back(database: Database, lease: Lease) -> None:
    async with database.org(lease.org_id) as connection:
        await plans.give_back(connection, lease, 0)
