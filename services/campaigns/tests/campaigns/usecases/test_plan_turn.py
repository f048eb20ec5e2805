"""A planner's turn: how far ahead it plans, and how another planner continues after a crash."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import grpc
import pytest

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tokens import TokenSigner
from services.campaigns.campaigns.domain.recipients import chunk_of
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch, Sending
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.storage import deferred, lifecycle, plans
from services.campaigns.campaigns.storage.plans import Lease
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.usecases.delete_campaign import DeleteCampaign
from services.campaigns.campaigns.usecases.pause_campaign import PauseCampaign
from services.campaigns.campaigns.usecases.plan_turn import (
    AT_ONCE,
    SETTLING,
    WINDOW_FULL,
    PlanOptions,
    PlanTurn,
)
from services.campaigns.templates.domain.templates import parse
from services.campaigns.tests.audiences import audiences_of
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.organisation import Organisation, phone
from tests.fixtures.running import Running, listening
from tests.fixtures.waiting import wait_until

WINDOW, CHUNK, LEASE = 30, 10, 10.0
OPTIONS = PlanOptions(WINDOW, CHUNK, LEASE, failure_rate=0.5)


@pytest.fixture(scope="module")
def rpc(messaging: Running) -> RpcClient:
    return RpcClient(TokenSigner("campaigns", messaging.signer_key))


@pytest.fixture(scope="module")
async def contacts_calls(contacts: Running, rpc: RpcClient) -> Contacts:
    return Contacts(rpc, contacts.channel)


@pytest.fixture(scope="module")
async def messaging_calls(messaging: Running, rpc: RpcClient) -> Dispatch:
    return Dispatch(rpc, messaging.channel)


@pytest.fixture(scope="module")
def results_calls(messaging: Running, rpc: RpcClient) -> Results:
    return Results(rpc, messaging.channel)


@pytest.fixture
def audiences(database: Database, contacts_calls: Contacts, results_calls: Results) -> Audiences:
    return audiences_of(database, contacts_calls, results_calls)


@pytest.fixture
def plan_turn(database: Database, audiences: Audiences, messaging_calls: Dispatch) -> PlanTurn:
    return PlanTurn(database, audiences, messaging_calls, OPTIONS)


async def running_campaign(database: Database, organisation: Organisation, size: int) -> UUID:
    list_id = UUID(await organisation.a_list_of(size))
    return await a_campaign(database, organisation.person, "running", list_id=list_id)


def sending_of(lease: Lease) -> Sending:
    return Sending(lease.campaign_id, lease.payer_id, lease.actor_id, lease.name)


async def lease_of(database: Database, campaign_id: UUID) -> Lease:
    """Lease the campaign as the next planner does."""
    async with database.system() as connection:
        await plans.advance(
            connection, [((await row_of(database, campaign_id)).org_id, campaign_id)]
        )
        leases = await plans.lease(connection, 100, LEASE)
    return next(lease for lease in leases if lease.campaign_id == campaign_id)


async def pending(messaging: Dispatch, lease: Lease) -> int:
    with acting_as(Identity("campaigns", lease.org_id)):
        return (await messaging.outcomes(lease.campaign_id)).pending


async def give_back(database: Database, lease: Lease) -> None:
    async with database.org(lease.org_id) as connection:
        await plans.give_back(connection, lease, 0)


async def test_a_planner_never_has_more_pending_messages_than_its_window_allows(
    database: Database, organisation: Organisation, plan_turn: PlanTurn, messaging_calls: Dispatch
) -> None:
    campaign_id = await running_campaign(database, organisation, WINDOW + 1)
    for _ in range(3):
        lease = await lease_of(database, campaign_id)
        assert await plan_turn.take_turn(lease) == WINDOW_FULL
        assert await pending(messaging_calls, lease) == WINDOW
        await give_back(database, lease)


async def test_a_planner_reads_no_contacts_while_its_window_of_pending_messages_is_full(
    database: Database,
    organisation: Organisation,
    rpc: RpcClient,
    results_calls: Results,
    messaging_calls: Dispatch,
) -> None:
    org_id = organisation.person.org_id
    campaign_id = await a_campaign(
        database, organisation.person, "running", planned_at=datetime.now(UTC)
    )
    async with database.org(org_id) as connection:
        opened = {new_id(): datetime.now(UTC) - timedelta(seconds=1)}
        await deferred.settle(connection, org_id, campaign_id, (), opened)
    lease = await lease_of(database, campaign_id)
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        audiences = audiences_of(database, Contacts(rpc, nowhere), results_calls)
        full = replace(OPTIONS, window=CHUNK - 1)
        plan_turn = PlanTurn(database, audiences, messaging_calls, full)
        assert await plan_turn.take_turn(lease) == WINDOW_FULL


async def test_a_chunk_that_is_submitted_twice_is_accepted_once(
    database: Database,
    organisation: Organisation,
    plan_turn: PlanTurn,
    contacts_calls: Contacts,
    messaging_calls: Dispatch,
) -> None:
    campaign_id = await running_campaign(database, organisation, CHUNK + 5)
    dead = await lease_of(database, campaign_id)
    template, list_id = parse(dead.body, "body"), dead.audience.source
    assert isinstance(list_id, UUID)
    with acting_as(Identity("campaigns", dead.org_id, dead.actor_id)):
        members = await contacts_calls.members(list_id, None, CHUNK)
        chunk = chunk_of(members, template)
        await messaging_calls.submit(sending_of(dead), chunk)
    assert (await row_of(database, campaign_id)).cursor_contact_id is None
    await give_back(database, dead)
    heir = await lease_of(database, campaign_id)
    assert await plan_turn.take_turn(heir) == AT_ONCE
    assert await pending(messaging_calls, heir) == CHUNK + 5
    assert await organisation.balance() == 1000 - CHUNK - 5


async def test_a_chunk_of_a_deleted_campaign_is_refunded(
    database: Database,
    organisation: Organisation,
    contacts_calls: Contacts,
    messaging_calls: Dispatch,
) -> None:
    campaign_id = await running_campaign(database, organisation, CHUNK)
    lease = await lease_of(database, campaign_id)
    list_id = lease.audience.source
    assert isinstance(list_id, UUID)
    with acting_as(organisation.person.identity()):
        await PauseCampaign(database, messaging_calls).pause(lease.org_id, campaign_id)
        await DeleteCampaign(database, messaging_calls).delete(lease.org_id, campaign_id)
    with acting_as(Identity("campaigns", lease.org_id, lease.actor_id)):
        members = await contacts_calls.members(list_id, None, CHUNK)
        chunk = chunk_of(members, parse(lease.body, "body"))
        await messaging_calls.submit(sending_of(lease), chunk)

    async def is_refunded() -> bool:
        return await organisation.balance() == 1000

    await wait_until(is_refunded, message="the balance is whole again")
    assert not organisation.received()


async def test_another_planner_finishes_a_campaign_whose_turn_was_cancelled(
    database: Database, organisation: Organisation, plan_turn: PlanTurn, messaging_calls: Dispatch
) -> None:
    campaign_id = await running_campaign(database, organisation, CHUNK * 2)
    lease = await lease_of(database, campaign_id)
    turn = asyncio.create_task(plan_turn.take_turn(lease))

    async def some_are_handed_over() -> bool:
        return await pending(messaging_calls, lease) > 0

    await wait_until(some_are_handed_over)
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn
    await give_back(database, lease)
    heir = await lease_of(database, campaign_id)
    await plan_turn.take_turn(heir)
    assert await pending(messaging_calls, heir) == CHUNK * 2
    assert await organisation.balance() == 1000 - CHUNK * 2


async def test_a_turn_stops_when_its_campaign_was_paused(
    database: Database, organisation: Organisation, plan_turn: PlanTurn, messaging_calls: Dispatch
) -> None:
    campaign_id = await running_campaign(database, organisation, CHUNK * 2)
    lease = await lease_of(database, campaign_id)
    async with database.org(lease.org_id) as connection:
        await lifecycle.pause(connection, lease.org_id, campaign_id)
    await plan_turn.take_turn(lease)
    assert await pending(messaging_calls, lease) == CHUNK
    row = await row_of(database, campaign_id)
    assert (row.status, row.cursor_contact_id is None) == ("paused", False)


async def test_a_completely_planned_campaign_is_running_until_all_results_are_known(
    database: Database, organisation: Organisation, plan_turn: PlanTurn
) -> None:
    campaign_id = await running_campaign(database, organisation, 1)
    first = await lease_of(database, campaign_id)
    assert await plan_turn.take_turn(first) == AT_ONCE
    await give_back(database, first)
    second = await lease_of(database, campaign_id)
    assert second.planned
    assert await plan_turn.take_turn(second) == SETTLING
    assert (await row_of(database, campaign_id)).status == "running"


@pytest.mark.parametrize("away", ["contacts", "messaging"])
async def test_a_campaign_waits_while_a_service_is_down(
    database: Database,
    organisation: Organisation,
    rpc: RpcClient,
    contacts_calls: Contacts,
    results_calls: Results,
    messaging_calls: Dispatch,
    plan_turn: PlanTurn,
    away: str,
) -> None:
    campaign_id = await running_campaign(database, organisation, 2)
    lease = await lease_of(database, campaign_id)
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        contacts, messaging = contacts_calls, messaging_calls
        if away == "contacts":
            contacts = Contacts(rpc, nowhere)
        else:
            messaging = Dispatch(rpc, nowhere)
        audiences = audiences_of(database, contacts, results_calls)
        with pytest.raises(Unavailable):
            await PlanTurn(database, audiences, messaging, OPTIONS).take_turn(lease)
    assert (await row_of(database, campaign_id)).status == "running"
    assert await plan_turn.take_turn(lease) == AT_ONCE
    assert await pending(messaging_calls, lease) == 2


async def test_a_turn_ends_when_its_lease_expires(
    database: Database, organisation: Organisation, rpc: RpcClient, audiences: Audiences
) -> None:
    campaign_id = await running_campaign(database, organisation, 1)
    lease = await lease_of(database, campaign_id)
    services = ["smsblaster.messaging.v1.DispatchService"]
    async with open_channel(listening(), services) as patient:
        messaging = Dispatch(rpc, patient)
        options = replace(OPTIONS, lease_seconds=0.1)
        with pytest.raises(TimeoutError):
            await PlanTurn(database, audiences, messaging, options).take_turn(lease)


async def test_a_campaign_is_not_done_while_messages_to_deferred_recipients_are_pending(
    database: Database, organisation: Organisation, plan_turn: PlanTurn, messaging_calls: Dispatch
) -> None:
    list_id = UUID(await organisation.a_list())
    campaign_id = await a_campaign(database, organisation.person, "running", list_id=list_id)
    [contact_id] = await organisation.contact_ids([phone(0)])
    first = await lease_of(database, campaign_id)
    await plan_turn.take_turn(first)
    await give_back(database, first)
    async with database.org(first.org_id) as connection:
        opened = {UUID(contact_id): datetime.now(UTC) - timedelta(seconds=1)}
        await deferred.settle(connection, first.org_id, campaign_id, (), opened)
    second = await lease_of(database, campaign_id)
    assert second.planned
    assert await plan_turn.take_turn(second) == AT_ONCE
    assert await pending(messaging_calls, second) == 1
    assert (await row_of(database, campaign_id)).status == "running"
    async with database.org(first.org_id) as connection:
        assert await deferred.seconds_left(connection, first.org_id, campaign_id) is None
