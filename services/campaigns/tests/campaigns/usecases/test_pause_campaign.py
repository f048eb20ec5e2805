"""A campaign can be paused while messaging is down. No change is lost and the last one applies."""

import asyncio
from datetime import timedelta
from uuid import UUID

import grpc
import pytest
from sqlalchemy import func, text, update

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.identity import acting_as
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tokens import TokenSigner
from services.campaigns.campaigns.domain.states import FINISH
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle, plans
from services.campaigns.campaigns.storage.tables import sms_campaigns
from services.campaigns.campaigns.usecases.cancel_campaign import CancelCampaign
from services.campaigns.campaigns.usecases.pause_campaign import PauseCampaign
from services.campaigns.campaigns.usecases.resume_campaign import ResumeCampaign
from services.campaigns.campaigns.usecases.tell_holds import TellHolds
from services.campaigns.tests.builders import a_campaign, row_of
from services.campaigns.tests.organisation import Neighbours
from tests.fixtures.running import Person, Running, listening


@pytest.fixture(scope="module")
def rpc(messaging: Running) -> RpcClient:
    return RpcClient(TokenSigner("campaigns", messaging.signer_key))


@pytest.fixture(scope="module")
def there(messaging: Running, rpc: RpcClient) -> Dispatch:
    return Dispatch(rpc, messaging.channel)


async def paused(database: Database, messaging: Dispatch, person: Person) -> UUID:
    campaign_id = await a_campaign(database, person, "running")
    with acting_as(person.identity()):
        await PauseCampaign(database, messaging).pause(person.org_id, campaign_id)
    return campaign_id


async def is_held(neighbours: Neighbours, campaign_id: UUID) -> bool | None:
    """Return whether messaging holds the campaign, or None if messaging has not stored it."""
    query = text("SELECT held FROM campaign_counts WHERE campaign_id = :id")
    async with neighbours.messaging_database.system() as connection:
        held: bool | None = await connection.scalar(query, {"id": campaign_id})
        return held


async def let_time_pass(database: Database, campaign_id: UUID) -> None:
    """Move the end of the time for repeating a change into the past."""
    async with database.system() as connection:
        await connection.execute(
            update(sms_campaigns)
            .where(sms_campaigns.c.id == campaign_id)
            .values(tell_hold_until=func.now() - timedelta(seconds=1))
        )


async def test_pauses_and_resumes_are_passed_to_messaging_at_once(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await paused(database, there, person)
    assert await is_held(neighbours, campaign_id) is True
    with acting_as(person.identity()):
        await ResumeCampaign(database, there).resume(person.org_id, campaign_id)
    assert await is_held(neighbours, campaign_id) is False


async def test_a_pause_is_passed_to_messaging_later_if_the_first_call_was_lost(
    database: Database, rpc: RpcClient, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await a_campaign(database, person, "running")
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        away = Dispatch(rpc, nowhere)
        with acting_as(person.identity()), pytest.raises(Unavailable):
            await PauseCampaign(database, away).pause(person.org_id, campaign_id)
        assert (await row_of(database, campaign_id)).status == "paused"
        await TellHolds(database, away).tell_all()
    assert await is_held(neighbours, campaign_id) is None
    await TellHolds(database, there).tell_all()
    assert await is_held(neighbours, campaign_id) is True


async def test_a_campaign_can_be_resumed_while_messaging_is_down(
    database: Database, rpc: RpcClient, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await paused(database, there, person)
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        with acting_as(person.identity()):
            resume = ResumeCampaign(database, Dispatch(rpc, nowhere))
            await resume.resume(person.org_id, campaign_id)
    assert (await row_of(database, campaign_id)).status == "running"
    assert await is_held(neighbours, campaign_id) is True
    await TellHolds(database, there).tell_all()
    assert await is_held(neighbours, campaign_id) is False


async def test_a_pause_that_arrives_after_its_resume_is_ignored(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await paused(database, there, person)
    with acting_as(person.identity()):
        await ResumeCampaign(database, there).resume(person.org_id, campaign_id)
        await there.hold(campaign_id, held=True, running=False, change=1)
    assert await is_held(neighbours, campaign_id) is False


async def test_a_resume_that_arrives_after_the_next_pause_lets_no_message_be_sent(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await paused(database, there, person)
    with acting_as(person.identity()):
        await ResumeCampaign(database, there).resume(person.org_id, campaign_id)
        await PauseCampaign(database, there).pause(person.org_id, campaign_id)
        await there.hold(campaign_id, held=False, running=True, change=2)
    assert await is_held(neighbours, campaign_id) is True
    assert await is_running(neighbours, campaign_id) is False


async def test_a_pause_is_passed_to_messaging_again_for_a_while_and_then_no_more(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await paused(database, there, person)
    await TellHolds(database, there).tell_all()
    assert (await row_of(database, campaign_id)).tell_hold_until is not None
    await let_time_pass(database, campaign_id)
    await TellHolds(database, there).tell_all()
    assert (await row_of(database, campaign_id)).tell_hold_until is None
    with acting_as(person.identity()):
        await there.hold(campaign_id, held=False, running=True, change=99)
    await TellHolds(database, there).tell_all()
    assert await is_held(neighbours, campaign_id) is False


async def test_after_concurrent_pauses_and_resumes_messaging_has_the_final_state(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await a_campaign(database, person, "running")
    with acting_as(person.identity()):
        changes = (PauseCampaign(database, there).pause, ResumeCampaign(database, there).resume)
        await asyncio.gather(
            *(change(person.org_id, campaign_id) for _ in range(8) for change in changes),
            return_exceptions=True,
        )
    await TellHolds(database, there).tell_all()
    status = (await row_of(database, campaign_id)).status
    assert await is_held(neighbours, campaign_id) is (status == "paused")


async def test_a_cancellation_is_passed_to_messaging_later_if_the_first_call_was_lost(
    database: Database, rpc: RpcClient, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await a_campaign(database, person, "running")
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        away = Dispatch(rpc, nowhere)
        with acting_as(person.identity()), pytest.raises(Unavailable):
            await CancelCampaign(database, away).cancel(person.org_id, campaign_id)
        assert (await row_of(database, campaign_id)).status == "cancelled"
    await TellHolds(database, there).tell_all()
    assert await is_held(neighbours, campaign_id) is True
    with acting_as(person.identity()):
        # The call of an earlier resume, which arrives after the cancellation.
        await there.hold(campaign_id, held=False, running=True, change=99)
    assert await is_held(neighbours, campaign_id) is True


async def test_a_pause_does_not_wait_long_for_an_unreachable_service(
    database: Database, rpc: RpcClient
) -> None:
    person = Person()
    campaign_id = await a_campaign(database, person, "running")
    services = ["smsblaster.messaging.v1.DispatchService"]
    async with open_channel(listening(), services) as patient:
        pause = PauseCampaign(database, Dispatch(rpc, patient))
        with acting_as(person.identity()), pytest.raises(Unavailable):
            async with asyncio.timeout(6):
                await pause.pause(person.org_id, campaign_id)


async def test_messaging_gets_a_call_when_a_campaign_starts_and_when_it_ends(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    person = Person()
    campaign_id = await a_campaign(database, person)
    async with database.org(person.org_id) as connection:
        await lifecycle.start(
            connection, person.org_id, campaign_id, "x", by=person.user_id, terms=None
        )
    await TellHolds(database, there).tell_all()
    assert await is_running(neighbours, campaign_id) is True
    async with database.system() as connection:
        leases = await plans.lease(connection, 1000, 15)
        [lease] = [lease for lease in leases if lease.campaign_id == campaign_id]
        assert await plans.stop(connection, lease, FINISH, None)
    await TellHolds(database, there).tell_all()
    assert await is_running(neighbours, campaign_id) is False


async def is_running(neighbours: Neighbours, campaign_id: UUID) -> bool | None:
    """Return whether messaging has stored that the campaign runs; None if it has no row for it."""
    query = text("SELECT running FROM campaign_counts WHERE campaign_id = :id")
    async with neighbours.messaging_database.system() as connection:
        running: bool | None = await connection.scalar(query, {"id": campaign_id})
        return running
